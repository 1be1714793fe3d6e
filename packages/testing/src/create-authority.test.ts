import { beforeEach, describe, expect, test } from "vitest";
import { ConnectionLost } from "./api-message.ts";
import type { AuthorityEvent } from "./authority-event.ts";
import type { Fault } from "./fault.ts";
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

describe("scripted faults", () => {
	test.each<[Fault, number]>([
		[{ type: "unauthorized" }, 401],
		[{ type: "status", status: 503 }, 503],
		[{ type: "rate-limit", retryAfter: 120 }, 429],
		[{ type: "portal" }, 200],
		[{ type: "redirect", to: "same" }, 307],
	])("%o answers without acting, once", async (fault, status) => {
		api.fail(fault, { on: "sign-in" });
		expect((await get("/api/users/me")).status).toBe(200);
		expect((await signIn()).status).toBe(status);
		expect(api.counters).toMatchObject({ signIns: 0, faults: 1 });
		expect((await signIn()).status).toBe(200);
	});

	test("n × status hits n requests, after those that are skipped", async () => {
		api.fail({ type: "status", status: 502 }, { times: 2, skip: 1 });
		const statuses = [];
		for (let call = 0; call < 5; call++)
			statuses.push((await get("/api/users/me")).status);
		expect(statuses).toEqual([200, 502, 502, 200, 200]);
	});

	test("a fault for a path leaves other paths alone, and can be taken back", async () => {
		const stop = api.fail(
			{ type: "status", status: 500 },
			{ on: "/users", times: Infinity },
		);
		expect((await get("/api/users/me")).status).toBe(500);
		expect((await get("/api/folders")).status).toBe(200);
		stop();
		expect((await get("/api/users/me")).status).toBe(200);
	});

	test("a status carries its own body and headers when given", async () => {
		api.fail({
			type: "status",
			status: 418,
			body: "short and stout",
			headers: { "content-type": "text/plain" },
		});
		const answer = await get("/api/users/me");
		expect(await answer.text()).toBe("short and stout");
		expect(answer.headers.get("content-type")).toBe("text/plain");
	});

	test.each(["120", "Fri, 15 Jan 2027 08:02:00 GMT", "soon", "-1"])(
		"a rate limit says Retry-After: %s as it is",
		async (retryAfter) => {
			api.fail({ type: "rate-limit", retryAfter });
			const answer = await get("/api/users/me");
			expect(answer.headers.get("retry-after")).toBe(retryAfter);
		},
	);

	test("slow answers later, on the clock it was given", async () => {
		api.fail({ type: "slow", delayMs: 5_000 });
		let isDone = false;
		const answer = get("/api/users/me").finally(() => {
			isDone = true;
		});
		await platform.advance(4_999);
		expect(isDone).toBe(false);
		await platform.advance(1);
		expect((await answer).status).toBe(200);
	});

	test("a reset before leaves the server as it was, a reset after does not", async () => {
		api.fail({ type: "reset-before" }, { on: "sign-in" });
		api.fail({ type: "reset-after" }, { on: "sign-in" });
		await expect(signIn()).rejects.toBeInstanceOf(ConnectionLost);
		expect(api.counters.signIns).toBe(0);
		await expect(signIn()).rejects.toBeInstanceOf(ConnectionLost);
		expect(api.counters.signIns).toBe(1);
	});

	test("a hang ends only when the caller goes away", async () => {
		for (const isAfter of [false, true]) {
			api.fail({ type: "hang", isAfter });
			const gone = new AbortController();
			const answer = get("/api/users/me", { signal: gone.signal });
			await platform.flush();
			gone.abort(new Error("gone"));
			await expect(answer).rejects.toThrow("gone");
		}
		expect(api.counters.accepted).toBe(1);
	});

	test("half a body comes with the length of the whole, and then breaks", async () => {
		api.fail({ type: "half-body" });
		const answer = await get("/api/users/me");
		const length = Number(answer.headers.get("content-length"));
		const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
		const { value } = await reader.read();
		expect(value?.length).toBe(length >> 1);
		await expect(reader.read()).rejects.toBeInstanceOf(ConnectionLost);
	});

	test("malformed is JSON cut in half, or what it was told", async () => {
		api.fail({ type: "malformed" });
		await expect((await get("/api/users/me")).json()).rejects.toThrow();
		api.fail({ type: "malformed", body: "[]", contentType: "text/plain" });
		const answer = await get("/api/users/me");
		expect(await answer.json()).toEqual([]);
		expect(answer.headers.get("content-type")).toBe("text/plain");
	});

	test("redirects lead to the same origin, to a foreign one, or where they are told", async () => {
		const locations = [];
		for (const to of ["same", "foreign", "https://elsewhere.test/x"]) {
			api.fail({ type: "redirect", to, status: 302 });
			locations.push((await get("/api/users/me?a=1")).headers.get("location"));
		}
		expect(locations).toEqual([
			"https://oz.test/api/users/me?a=1&redirected=1",
			"https://oz.test:9/api/users/me?a=1&redirected=1",
			"https://elsewhere.test/x",
		]);
	});

	test("a clock offset moves expiry and Date, a Date offset moves Date alone", async () => {
		const dateOf = async () =>
			Date.parse((await get("/api/public")).headers.get("date") ?? "");
		const nowMs = Math.floor(platform.forServer.nowMs() / 1_000) * 1_000;
		api.setDateOffset(-86_400_000);
		expect(await dateOf()).toBe(nowMs - 86_400_000);
		expect((await get("/api/users/me")).status).toBe(200);
		api.setDateOffset(0);
		api.setClockOffset(900_000);
		expect(await dateOf()).toBe(nowMs + 900_000);
		expect((await get("/api/users/me")).status).toBe(401);
	});
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

describe("ordinary routes", () => {
	test("echo tells which token came and never the token", async () => {
		const answer = await get("/api/echo", {
			method: "POST",
			headers: {
				"x-forensic-access-token": token,
				"content-type": "text/plain",
			},
			body: "hello",
		});
		const text = await answer.text();
		expect(JSON.parse(text)).toEqual({
			method: "POST",
			body: "hello",
			contentType: "text/plain",
			timezone: null,
			headerNames: ["content-type", "x-forensic-access-token"],
			session: 1,
			generation: 1,
		});
		expect(text).not.toContain("kt-canary-");
	});

	test("stream comes in pieces", async () => {
		const answer = await get("/api/stream?chunks=3");
		const pieces = [];
		for await (const piece of answer.body as unknown as AsyncIterable<Uint8Array>)
			pieces.push(new TextDecoder().decode(piece));
		expect(pieces).toEqual(["line 1\n", "line 2\n", "line 3\n"]);
	});

	test.each([
		["/api/unauthorized", 401],
		["/api/forbidden", 403],
		["/api/status/204", 204],
		["/api/status/422", 422],
		["/api/status/503", 503],
		["/api/status/999", 404],
		["/api/redirect", 302],
		["/api/public", 200],
		["/api/folders/", 200],
		["/nothing", 404],
	])("%s answers %i", async (path, status) => {
		expect((await get(path)).status).toBe(status);
	});

	test("slow takes its time", async () => {
		const answer = get("/api/slow?ms=300");
		await platform.advance(300);
		expect(await (await answer).json()).toEqual({ delayMs: 300 });
	});

	test("a redirect leads where it is told", async () => {
		const answer = await get("/api/redirect?status=307&to=https://evil.test/");
		expect([answer.status, answer.headers.get("location")]).toEqual([
			307,
			"https://evil.test/",
		]);
	});

	test("token endpoints take POST only", async () => {
		expect((await get("/api/authorize/auth")).status).toBe(405);
	});

	test("an API that is mounted on a path answers below it", async () => {
		const answer = await api.handler(
			new Request("https://oz.test/v2/oz/api/redirect", {
				headers: { "x-forensic-access-token": token },
			}),
			"/v2/oz",
		);
		expect(answer.headers.get("location")).toBe("/v2/oz/api/echo");
	});
});
