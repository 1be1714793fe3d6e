/** Over 200 lines: four states, each with everything that a component does to it. */
import {
	AuthError,
	type AuthErrorCode,
	createAuth,
	defineProtocol,
} from "@keyturn/core";
import { createElement, type ReactElement } from "react";
import { describe, expect, test } from "vitest";
import {
	expired,
	refreshing,
	signedIn,
	signedOut,
	virtualPlatform,
} from "../src/index.ts";
import { createWrapper } from "../src/react.ts";

interface User {
	readonly name: string;
}
const ada: User = { name: "Ada" };
const Provider = (_: { auth: unknown }) => null;
const url = "https://api.example.com/me";
const codeOf = (promise: Promise<unknown>): Promise<AuthErrorCode> =>
	promise.then(
		() => {
			throw new Error("it did not reject");
		},
		(error: AuthError) => error.code,
	);

describe("signedIn", () => {
	test("may call at once, knows its user, and keeps its tokens to itself", () => {
		const auth = signedIn({ user: ada });
		expect(auth.state).toMatchObject({
			status: "authenticated",
			user: ada,
			generation: 1,
			usable: true,
		});
		expect(auth.authorize(url)).toMatchObject({
			generation: 1,
			headers: [["Authorization", expect.stringMatching(/^Bearer kt-canary-/)]],
		});
		expect(auth.authorize("https://other.test/")).toBeNull();
		expect(JSON.stringify(auth.state)).not.toContain("kt-canary-");
	});

	test("signs out, and in again", async () => {
		const auth = signedIn({ user: ada, isPasswordExpired: true });
		expect(auth.state).toMatchObject({ session: { isPasswordExpired: true } });
		let changes = 0;
		const stop = auth.subscribe(() => changes++);
		expect(await auth.signOut()).toEqual({
			isForgotten: true,
			isRevoked: null,
		});
		expect(auth.state).toMatchObject({
			status: "unauthenticated",
			reason: "signed-out",
		});
		expect(auth.authorize(url)).toBeNull();
		expect(
			await codeOf(Promise.resolve(auth.authorize(url, { required: true }))),
		).toBe("signed-out");
		expect(await codeOf(auth.refresh())).toBe("signed-out");
		expect(await auth.signIn({})).toMatchObject({ user: ada });
		stop();
		await auth.signOut();
		expect(changes).toBe(3);
	});

	test("renews, also after a rejection", async () => {
		const auth = signedIn({ user: ada });
		const grant = auth.authorize(url);
		if (!grant || grant instanceof Promise) throw new Error("no grant at once");
		expect(await auth.renew(grant)).toMatchObject({ generation: 2 });
		expect(await auth.renew(grant)).toMatchObject({ generation: 2 });
		expect(await auth.refresh()).toMatchObject({ generation: 3, user: ada });
	});
});

describe("expired", () => {
	test("says why, and comes back at the next refresh", async () => {
		const auth = expired({ user: ada });
		expect(auth.state).toMatchObject({
			status: "expired",
			cause: "lifetime",
			user: ada,
			failure: { code: "unavailable", detail: null },
		});
		expect(await auth.authorize(url)).toMatchObject({ generation: 2 });
		expect(auth.state).toMatchObject({ status: "authenticated", user: ada });
	});

	test("stays so while its refresh fails", async () => {
		const auth = expired({
			cause: "rejected",
			failure: { code: "bad-response", detail: "gone fishing" },
			onRefresh() {
				throw new AuthError("unavailable", { detail: "still" });
			},
		});
		expect(auth.state).toMatchObject({
			status: "expired",
			cause: "rejected",
			failure: { code: "bad-response", detail: "gone fishing" },
		});
		expect(await codeOf(auth.refresh())).toBe("unavailable");
		expect(auth.state).toMatchObject({
			status: "expired",
			failure: { detail: "still" },
		});
	});

	test("without a refresh token only a new sign-in helps", async () => {
		const auth = expired({ isRefreshable: false });
		expect(auth.state).toMatchObject({ status: "expired", failure: null });
		expect(await codeOf(auth.refresh())).toBe("session-ended");
		expect(await auth.signIn({})).toMatchObject({ status: "authenticated" });
	});
});

describe("refreshing", () => {
	test("serves the old token meanwhile, or makes requests wait", async () => {
		expect(refreshing().authorize(url)).toMatchObject({ generation: 1 });
		const auth = refreshing({ usable: false });
		expect(auth.state).toMatchObject({ status: "refreshing", usable: false });
		const gone = new AbortController();
		const grant = Promise.resolve(auth.authorize(url, { signal: gone.signal }));
		gone.abort(new Error("gone"));
		await expect(grant).rejects.toThrow("gone");
	});

	test("goes on when the test says so", async () => {
		let resolve = () => {};
		const promise = new Promise<void>((done) => {
			resolve = done;
		});
		const auth = refreshing({ user: ada, onRefresh: () => promise });
		expect(auth.state.status).toBe("refreshing");
		const waiting = auth.refresh();
		resolve();
		expect(await waiting).toMatchObject({
			status: "authenticated",
			generation: 2,
			user: ada,
		});
	});

	test("closing frees who waits", async () => {
		const auth = refreshing({ usable: false });
		const grant = Promise.resolve(auth.authorize(url));
		auth.close();
		expect(await codeOf(grant)).toBe("closed");
		expect(await codeOf(auth.signIn({}))).toBe("closed");
	});
});

describe("signedOut", () => {
	test.each([
		"initial",
		"signed-out",
		"signed-out-elsewhere",
		"rejected",
		"password-expired",
		"session-ended",
	] as const)("knows the reason %s", (reason) => {
		expect(signedOut({ reason, detail: "so it is" }).state).toMatchObject({
			status: "unauthenticated",
			reason,
			pending: null,
			failure:
				reason === "rejected" || reason === "password-expired"
					? { code: reason, detail: "so it is" }
					: null,
		});
	});

	test.each(["restoring", "signing-in"] as const)("can be %s", (pending) => {
		expect(signedOut({ pending }).state).toMatchObject({
			status: "unauthenticated",
			pending,
		});
	});

	test("is not ready while it is restoring, until it is known who is there or it is closed", async () => {
		const seen: string[] = [];
		const waiting = [signedOut({ pending: "restoring" })];
		waiting.push(signedOut({ pending: "restoring" }));
		for (const { ready } of waiting) void ready.then(() => seen.push("ready"));
		await signedOut().ready;
		expect(seen).toEqual([]);
		const [read, closed] = waiting;
		read?.raise({ type: "changed-elsewhere", found: null });
		closed?.close();
		await Promise.all(waiting.map(({ ready }) => ready));
		expect(read?.state).toMatchObject({ pending: null });
	});

	test("signs in as told, or refuses as told", async () => {
		const auth = signedOut<{ password: string }, User>({
			onSignIn({ password }) {
				if (password === "right") return ada;
				throw new AuthError("rejected", { detail: "Wrong password" });
			},
		});
		const refused = auth.signIn({ password: "wrong" });
		expect(auth.state).toMatchObject({ pending: "signing-in" });
		await expect(refused).rejects.toMatchObject({ detail: "Wrong password" });
		expect(auth.state).toMatchObject({ pending: null, reason: "rejected" });
		expect(await auth.signIn({ password: "right" })).toMatchObject({
			user: ada,
		});
	});

	test("B82 of two sign-ins at once the last one counts", async () => {
		let resolve = (_: User) => {};
		const promise = new Promise<User>((done) => {
			resolve = done;
		});
		let calls = 0;
		const auth = signedOut<null, User>({
			onSignIn: () => (++calls === 1 ? promise : ada),
		});
		const first = codeOf(auth.signIn(null));
		expect(await auth.signIn(null)).toMatchObject({ user: ada });
		resolve({ name: "Grace" });
		expect(await first).toBe("superseded");
		expect(auth.state.user).toEqual(ada);
	});
});

test("a fact put to the machine moves it as in real life", () => {
	const auth = signedIn({ lifetimeMs: 1_000 });
	auth.raise({ type: "changed-elsewhere", found: null });
	expect(auth.state).toMatchObject({ reason: "signed-out-elsewhere" });
});

test("the React wrapper puts its children into the provider that it was given", () => {
	const auth = signedIn({ user: ada });
	const Wrapper = createWrapper(Provider, auth);
	const child = createElement("p");
	const element = (
		Wrapper as (props: { children: unknown }) => ReactElement<{
			auth: unknown;
			children: unknown;
		}>
	)({ children: child });
	expect(element.type).toBe(Provider);
	expect(element.props).toEqual({ auth, children: child });
});

test("a refused token that cannot be renewed leaves the answer as it is, as in a real session", async () => {
	const platform = virtualPlatform();
	const real = createAuth({
		platform,
		protocol: defineProtocol<null>({
			name: "bare",
			baseUrl: "https://api.example.com",
			signIn: { path: "/sign-in" },
			read: () => ({ type: "ok", access: "kt-canary-a", lifetimeMs: 900_000 }),
		}),
	});
	platform.network.connect(() => ({}));
	await real.signIn(null);
	for (const auth of [real, signedIn({ isRefreshable: false })]) {
		const grant = await auth.authorize("https://api.example.com/orders");
		if (!grant) throw new Error("no grant");
		expect(await auth.renew(grant)).toBe(null);
		expect(auth.state.status).toBe("expired");
		await expect(
			auth.authorize("https://api.example.com/orders"),
		).rejects.toMatchObject({ code: "session-ended" });
		auth.close();
	}
});
