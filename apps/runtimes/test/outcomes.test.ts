/** What the vendors' pages say of each answer, seen from a real session over a real port. */
import { type Auth, AuthError, createAuth, type Protocol } from "@keyturn/core";
import { createAuthFetch, webPlatform } from "@keyturn/fetch";
import { kazunion } from "@keyturn/protocols/kazunion";
import { oauth2 } from "@keyturn/protocols/oauth2";
import { oz } from "@keyturn/protocols/oz";
import {
	createKazunionAuthority,
	createOAuth2Authority,
	createOzAuthority,
} from "@keyturn/testing";
import { type MockApi, startMockApi } from "@keyturn/testing/node";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";

const authorities = {
	oz: createOzAuthority(),
	kazunion: createKazunionAuthority(),
	oauth2: createOAuth2Authority(),
};
let server: MockApi<{
	"/oz": typeof authorities.oz;
	"/kazunion": typeof authorities.kazunion;
	"/oauth2": typeof authorities.oauth2;
}>;
const open: Auth[] = [];

beforeAll(async () => {
	server = await startMockApi({
		api: {
			"/oz": authorities.oz,
			"/kazunion": authorities.kazunion,
			"/oauth2": authorities.oauth2,
		},
	});
});
afterEach(() => {
	for (const auth of open.splice(0)) auth.close();
	for (const authority of Object.values(authorities)) authority.reset();
});
afterAll(() => server.close());

function start<Credentials, User>(protocol: Protocol<Credentials, User>) {
	const auth = createAuth({
		protocol,
		platform: webPlatform(),
		refresh: { eager: false },
	});
	open.push(auth as Auth);
	return { auth, call: createAuthFetch(auth as Auth) };
}
const url = (path: string): string => server.url + path;
const startOz = () => start(oz({ baseUrl: url("/oz") }));
const startKazunion = () =>
	start(kazunion({ baseUrl: url("/kazunion"), timezoneOffsetMinutes: 240 }));
const failure = async (promise: Promise<unknown>): Promise<AuthError> => {
	const error = await promise.then(
		() => undefined,
		(error: unknown) => error,
	);
	expect(error).toBeInstanceOf(AuthError);
	return error as AuthError;
};

test("Oz: the session says who is signed in, and until when by the server's clock", async () => {
	authorities.oz.setClockOffset(3_600_000);
	authorities.oz.setDateOffset(0);
	const { auth } = startOz();
	const state = await auth.signIn({
		email: "user_email",
		password: "user_password",
	});
	expect(state.user?.email).toBe("user_email");
	if (state.status !== "authenticated") throw new Error(state.status);
	// `expire_date` is an hour ahead of this machine, and still means a quarter of an hour (B33)
	expect(state.session.lifetimeMs).toBeGreaterThan(898_000);
	expect(state.session.lifetimeMs).toBeLessThanOrEqual(901_000);
});

test("Oz: a wrong password shows what the API says, and leaves a session that was there", async () => {
	const { auth } = startOz();
	await auth.signIn({ email: "user_email", password: "user_password" });
	const error = await failure(
		auth.signIn({ email: "user_email", password: "wrong" }),
	);
	expect(error.code).toBe("rejected");
	expect(error.detail).toMatch(/\w+/);
	expect(error.message).not.toContain("wrong_password_text");
	expect(auth.state.status).toBe("authenticated");
});

test("Oz: codes decide, not statuses: 9 is no token problem, and 7 is", async () => {
	const { auth, call } = startOz();
	await auth.signIn({ email: "user_email", password: "user_password" });
	const forbidden = await call(url("/oz/api/forbidden"));
	expect(await forbidden.json()).toMatchObject({ error_code: 9 });
	expect(authorities.oz.counters.refreshRequests).toBe(0);
	authorities.oz.loseToken();
	expect((await call(url("/oz/api/users/me"))).status).toBe(200);
	expect(authorities.oz.counters.refreshRequests).toBe(1);
});

test("Oz: a session that the server has ended ends here, with the API's own answer standing", async () => {
	const { auth, call } = startOz();
	await auth.signIn({ email: "user_email", password: "user_password" });
	authorities.oz.revokeAll();
	const response = await call(url("/oz/api/users/me"));
	expect(response.status).toBeGreaterThanOrEqual(400);
	expect(response.bodyUsed).toBe(false);
	expect(auth.state).toMatchObject({
		status: "unauthenticated",
		reason: "rejected",
	});
});

test("B27 Oz: each accepted call extends the session, so that an active one does not renew", async () => {
	const { auth, call } = startOz();
	authorities.oz.setLifetime(20_000);
	await auth.signIn({ email: "user_email", password: "user_password" });
	const endOf = () =>
		auth.state.status === "authenticated"
			? auth.state.session.mustRefreshAtMs
			: 0;
	const first = endOf();
	// a step is a hundredth of the lifetime, which is a second longer where the answer crosses one: `Date` rounds it away
	await call(url("/oz/api/slow?ms=400"));
	await call(url("/oz/api/users/me"));
	expect(endOf()).toBeGreaterThan(first + 100);
	expect(authorities.oz.counters.refreshRequests).toBe(0);
});

test("Kazunion: tokens and passwordExpired: signed in, and the session says so", async () => {
	const { auth, call } = startKazunion();
	const state = await auth.signIn({ login: "expired", password: "expired" });
	expect(state).toMatchObject({
		status: "authenticated",
		session: { isPasswordExpired: true },
	});
	expect((await call(url("/kazunion/api/Sections"))).status).toBe(200);
});

test("B26 Kazunion: null tokens and passwordExpired: an outcome of its own, and no header is ever sent", async () => {
	const { auth } = startKazunion();
	const error = await failure(
		auth.signIn({ login: "locked", password: "locked" }),
	);
	expect(error.code).toBe("password-expired");
	expect(auth.state).toMatchObject({
		status: "unauthenticated",
		reason: "password-expired",
	});
	const sent: unknown[] = [];
	const call = createAuthFetch(auth as Auth, {
		fetch: (_input, init) => {
			sent.push(init?.headers);
			return Promise.resolve(new Response());
		},
	});
	await call(url("/kazunion/api/Sections"));
	expect(sent).toEqual([undefined]);
});

test("Kazunion: null tokens alone: the credentials are refused", async () => {
	const { auth } = startKazunion();
	const error = await failure(
		auth.signIn({ login: "string", password: "wrong" }),
	);
	expect(error.code).toBe("rejected");
	expect(auth.state.status).toBe("unauthenticated");
});

test("B31 Kazunion: thirty days, and no timer that fires early", async () => {
	const delays: number[] = [];
	const web = webPlatform();
	const auth = createAuth({
		protocol: kazunion({
			baseUrl: url("/kazunion"),
			timezoneOffsetMinutes: 240,
		}),
		platform: {
			...web,
			schedule(delayMs, callback, options) {
				delays.push(delayMs);
				return web.schedule(delayMs, callback, options);
			},
		},
	});
	open.push(auth as Auth);
	const state = await auth.signIn({ login: "string", password: "string" });
	expect(state).toMatchObject({ session: { lifetimeMs: 30 * 86_400_000 } });
	expect(Math.max(...delays)).toBe(2 ** 31 - 1);
	await new Promise((resolve) => setTimeout(resolve, 50));
	expect(authorities.kazunion.counters.refreshRequests).toBe(0);
	expect(auth.state.generation).toBe(1);
});

test("OAuth 2.0: a sign-out revokes at the server (RFC 7009)", async () => {
	const { auth } = start(
		oauth2({
			baseUrl: url("/oauth2"),
			tokenUrl: "/oauth/token",
			revocationUrl: "/oauth/revoke",
			grant: "password",
			clientId: "public",
		}),
	);
	await auth.signIn({ username: "user", password: "password" });
	expect(await auth.signOut()).toEqual({ isForgotten: true, isRevoked: true });
	expect(auth.state).toMatchObject({ reason: "signed-out" });
});

test("a hostile answer is a typed error, and the session that was there stays", async () => {
	for (const [session, name] of [
		[startOz(), "oz"],
		[startKazunion(), "kazunion"],
	] as const) {
		const credentials =
			name === "oz"
				? { email: "user_email", password: "user_password" }
				: { login: "string", password: "string" };
		const auth = session.auth as Auth;
		await auth.signIn(credentials);
		for (const fault of [
			{ type: "malformed" },
			{ type: "portal" },
			{ type: "half-body" },
			{ type: "reset-before" },
			{ type: "status", status: 500 },
		] as const) {
			authorities[name].fail(fault, { on: "sign-in", times: 1 });
			const { code } = await failure(auth.signIn(credentials));
			expect(["bad-response", "unavailable"]).toContain(code);
			expect(auth.state.status).toBe("authenticated");
		}
	}
});
