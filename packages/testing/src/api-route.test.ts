import { beforeEach, expect, test } from "vitest";
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
