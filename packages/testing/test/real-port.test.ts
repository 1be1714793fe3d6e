/** Whole sessions over a real port, for each API: the mission, and the faults that only a real connection has. */
import { type Auth, createAuth, type Protocol } from "@keyturn/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ApiName, Authority } from "../src/index.ts";
import { type MockApi, startMockApi } from "../src/node.ts";
import { callApi } from "../src/simulated-call.ts";
import { plainKazunion, plainOAuth2, plainOz } from "./plain-protocol.ts";
import { realPlatform } from "./real-platform.ts";

const sources = { "/oz": "oz", "/kz": "kazunion", "/oa": "oauth2" } as const;
let all: MockApi<typeof sources>;
beforeAll(async () => {
	all = await startMockApi({ api: sources });
});
afterAll(() => all.close());

type AnyAuth = Auth<never, unknown>;

interface Api {
	readonly path: keyof typeof sources;
	readonly credentials: object;
	readonly wrong: object;
	readonly resource: string;
	protocol(baseUrl: string): Protocol<never, unknown>;
}

const apis: Readonly<Record<ApiName, Api>> = {
	oz: {
		path: "/oz",
		credentials: { email: "user_email", password: "user_password" },
		wrong: { email: "user_email", password: "wrong" },
		resource: "/api/users/me",
		protocol: (baseUrl) => plainOz({ baseUrl }),
	},
	kazunion: {
		path: "/kz",
		credentials: { login: "string", password: "string" },
		wrong: { login: "string", password: "wrong" },
		resource: "/api/Sections",
		protocol: (baseUrl) => plainKazunion({ baseUrl }),
	},
	oauth2: {
		path: "/oa",
		credentials: { username: "user", password: "password" },
		wrong: { username: "user", password: "wrong" },
		resource: "/api/me",
		protocol: (baseUrl) => plainOAuth2({ baseUrl }),
	},
};

/** @param timeoutMs of a token request. The default is longer than a busy machine takes over one. */
function open(
	name: ApiName,
	timeoutMs = 100_000,
): {
	api: Authority;
	auth: AnyAuth;
	signIn(credentials?: object): Promise<unknown>;
	call(path?: string): Promise<number>;
} {
	const { path, protocol, credentials, resource } = apis[name];
	const baseUrl = all.url + path;
	const api: Authority = all.authorities[path];
	api.reset();
	const auth: AnyAuth = createAuth({
		protocol: protocol(baseUrl),
		platform: realPlatform,
		refresh: {
			eager: false,
			deadlineMs: 110_000,
			timeoutMs,
			minIntervalMs: 0,
		},
	});
	return {
		api,
		auth,
		signIn: (given = credentials) => auth.signIn(given as never),
		async call(target = resource) {
			const { reply } = await callApi(
				auth,
				async ({ method, url, headers }) => {
					const answer = await fetch(url, { method, headers });
					return {
						status: answer.status,
						headers: Object.fromEntries(answer.headers),
						body: await answer.text(),
					};
				},
				baseUrl + target,
			);
			return reply.status;
		},
	};
}
const codeOf = (promise: Promise<unknown>): Promise<unknown> =>
	promise.then(
		() => "none",
		({ code }: { code: string }) => code,
	);

describe.each(Object.keys(apis) as ApiName[])("%s", (name) => {
	test("sign-in, 50 calls after the expiry, one refresh, 50 answers, sign-out", async () => {
		const { api, auth, signIn, call } = open(name);
		await signIn();
		expect(await call()).toBe(200);
		api.expireNow();
		const statuses = await Promise.all(
			Array.from({ length: 50 }, () => call()),
		);
		expect(new Set(statuses)).toEqual(new Set([200]));
		expect(api.counters).toMatchObject({
			signIns: 1,
			refreshRequests: 1,
			refreshes: 1,
			accepted: 51,
		});
		await auth.signOut();
		expect(await call()).toBe(401);
		expect(api.counters.signOuts).toBe(name === "oauth2" ? 1 : 0);
		auth.close();
	});

	test("a wrong password is rejected, and nothing is left of it", async () => {
		const { auth, signIn } = open(name);
		expect(await codeOf(signIn(apis[name].wrong))).toBe("rejected");
		expect(auth.state).toMatchObject({
			status: "unauthenticated",
			reason: "rejected",
		});
		auth.close();
	});

	test("tokens lost at the server are renewed, a session ended there is over", async () => {
		const { api, auth, signIn, call } = open(name);
		await signIn();
		api.loseToken();
		expect(await call()).toBe(200);
		expect(auth.state.generation).toBe(2);
		api.revokeAll();
		expect(await call()).toBe(401);
		expect(auth.state).toMatchObject({
			status: "unauthenticated",
			reason: "rejected",
		});
		auth.close();
	});

	test("a refresh token used up by somebody else ends the session", async () => {
		const { api, auth, signIn, call } = open(name);
		await signIn();
		api.rotate();
		api.expireNow();
		expect(await call()).toBe(401);
		expect(api.counters.reuses).toBe(1);
		expect(auth.state.status).toBe("unauthenticated");
		auth.close();
	});

	test("403, 404 and 503 are the caller's, whatever the token", async () => {
		const { api, auth, signIn, call } = open(name);
		await signIn();
		expect([
			await call("/api/forbidden"),
			await call("/api/nothing"),
			await call("/api/status/503"),
		]).toEqual([403, 404, 503]);
		expect(api.counters.refreshRequests).toBe(0);
		auth.close();
	});

	test.each([
		["reset-before", "in-doubt", 0],
		["reset-after", "in-doubt", 1],
		["half-body", "in-doubt", 1],
		["hang", "timeout", 0],
	] as const)(
		"%s: a refresh asked for while the token works ends %s, and the session goes on",
		async (type, code, refreshes) => {
			const { api, auth, signIn, call } = open(
				name,
				type === "hang" ? 500 : undefined,
			);
			await signIn();
			api.fail({ type }, { on: "refresh" });
			expect(await codeOf(auth.refresh())).toBe(code);
			expect(api.counters.refreshes).toBe(refreshes);
			expect(await call()).toBe(200);
			auth.close();
		},
	);
});

test("Kazunion: an expired password signs in with tokens, and does not without", async () => {
	const { auth, signIn } = open("kazunion");
	await signIn({ login: "expired", password: "expired" });
	expect(auth.state).toMatchObject({ session: { isPasswordExpired: true } });
	await auth.signOut();
	expect(await codeOf(signIn({ login: "locked", password: "locked" }))).toBe(
		"password-expired",
	);
	expect(auth.state).toMatchObject({
		status: "unauthenticated",
		reason: "password-expired",
	});
	auth.close();
});

test("Oz: each call moves the end at the server, a refused one does not", async () => {
	const { api, auth, signIn, call } = open("oz");
	await signIn();
	const endOf = () => api.sessions[0]?.expiresAtMs ?? 0;
	api.setClockOffset(60_000);
	const before = endOf();
	expect(await call()).toBe(200);
	expect(endOf() - before).toBeGreaterThanOrEqual(60_000);
	const moved = endOf();
	api.setClockOffset(120_000);
	api.fail({ type: "status", status: 500 }, { on: "api" });
	expect(await call()).toBe(500);
	expect(endOf()).toBe(moved);
	auth.close();
});
