import { beforeEach, expect, test } from "vitest";
import { ConnectionLost } from "./api-message.ts";
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

test("a status has the headers that it was given, in place of the usual ones", async () => {
	api.fail({
		type: "status",
		status: 503,
		body: "<h1>Down</h1>",
		headers: { "Content-Type": "text/html", "Retry-After": "5" },
	});
	const { headers } = await get("/api/users/me");
	expect(headers.get("content-type")).toBe("text/html");
	expect(headers.get("retry-after")).toBe("5");
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
