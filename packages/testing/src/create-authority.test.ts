import { beforeEach, describe, expect, test } from "vitest";
import type { AuthorityEvent } from "./authority-event.ts";
import { createOzAuthority, type OzAuthority } from "./oz-authority.ts";
import { virtualPlatform } from "./virtual-platform.ts";

const platform = virtualPlatform();
let api: OzAuthority;
let token: string;

beforeEach(() => {
	api = createOzAuthority(platform.forServer);
	token = api.issue("user_email").access;
});

const get = (path: string, init: RequestInit = {}) =>
	api.handler(
		new Request(`https://oz.test${path}`, {
			headers: { "x-forensic-access-token": token },
			...init,
		}),
	);
const signIn = () =>
	get("/api/authorize/auth", {
		method: "POST",
		headers: { "content-type": "application/json" },
		body: '{"credentials": {"email": "user_email", "password": "user_password"}}',
	});

describe("control", () => {
	test("expireNow ends access tokens, of one account or of all", async () => {
		const other = api.issue("other_email").access;
		api.expireNow("other_email");
		expect((await get("/api/users/me")).status).toBe(200);
		token = other;
		expect((await (await get("/api/users/me")).json()).error_code).toBe(8);
	});

	test("loseToken makes access tokens unknown and leaves refresh tokens good", async () => {
		const pair = api.issue("user_email");
		token = pair.access;
		api.loseToken();
		expect((await (await get("/api/users/me")).json()).error_code).toBe(7);
		const answer = await get("/api/authorize/refresh/", {
			method: "POST",
			headers: {
				"content-type": "application/json",
				"x-forensic-access-token": pair.access,
			},
			body: JSON.stringify({ expire_token: pair.refresh }),
		});
		expect(answer.status).toBe(200);
	});

	test("rotate uses up the refresh tokens, revokeAll ends the sessions", () => {
		api.rotate();
		expect(api.sessions).toMatchObject([{ generation: 2, isRevoked: false }]);
		api.revokeAll();
		expect(api.sessions).toMatchObject([{ generation: 2, isRevoked: true }]);
	});

	test("setLifetime holds for tokens given from then on", () => {
		api.setLifetime(5_000);
		api.issue("user_email");
		const nowMs = api.nowMs();
		expect(api.sessions.map(({ expiresAtMs }) => expiresAtMs - nowMs)).toEqual([
			900_000, 5_000,
		]);
	});

	test("issue refuses an account that does not exist", () => {
		expect(() => api.issue("nobody")).toThrow(RangeError);
	});

	test("reset forgets everything but the accounts", async () => {
		api.setAccount({ email: "new", password: "new" });
		api.fail({ type: "status", status: 500 }, { times: Infinity });
		api.setClockOffset(1);
		await get("/api/users/me");
		api.reset();
		expect(api.counters.requests).toBe(0);
		expect(api.events).toEqual([]);
		expect(api.sessions).toEqual([]);
		expect(api.nowMs()).toBe(platform.forServer.nowMs());
		token = api.issue("new").access;
		expect((await get("/api/users/me")).status).toBe(200);
	});
});

describe("counters and events", () => {
	test("tell what happened, in order, without a token", async () => {
		const heard: AuthorityEvent[] = [];
		const stop = api.subscribe((event) => heard.push(event));
		await signIn();
		await get("/api/users/me?secret=1");
		await get("/api/forbidden");
		api.expireNow();
		await get("/api/users/me");
		stop();
		await get("/api/public");
		expect(
			heard.map(({ type, path, status, account, generation }) => [
				type,
				path,
				status,
				account,
				generation,
			]),
		).toEqual([
			["signed-in", "/api/authorize/auth", 200, "user_email", 1],
			["accepted", "/api/users/me", 200, "user_email", 1],
			["accepted", "/api/forbidden", 403, "user_email", 1],
			["controlled", "", null, null, null],
			["unauthorized", "/api/users/me", 401, "user_email", 1],
		]);
		expect(api.events).toHaveLength(6);
		expect(JSON.stringify(api.events)).not.toContain("kt-canary-");
		expect(api.counters).toEqual({
			requests: 5,
			signInRequests: 1,
			refreshRequests: 0,
			signOutRequests: 0,
			apiRequests: 4,
			signIns: 1,
			refreshes: 0,
			repeats: 0,
			refusals: 0,
			reuses: 0,
			signOuts: 0,
			accepted: 3,
			unauthorized: 1,
			faults: 0,
		});
	});

	test("events are bounded", async () => {
		for (let call = 0; call < 10_001; call++) api.expireNow("nobody");
		expect(api.events).toHaveLength(10_000);
	});
});
