/** Over 200 lines: everything here needs the one port. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createOzAuthority, type Fault } from "../src/index.ts";
import {
	type MockApi,
	serveHandler,
	startMockApi,
	toNodeListener,
} from "../src/node.ts";

const tokens = { "content-type": "application/json" };
const credentials =
	'{"credentials": {"email": "user_email", "password": "user_password"}}';

const code = async (answer: Promise<unknown>): Promise<string> => {
	try {
		await answer;
		return "answered";
	} catch (error) {
		const { cause, name } = error as Error & { cause?: { code?: string } };
		return cause?.code ?? name;
	}
};

describe("one API on a port", () => {
	let mock: MockApi<"oz">;
	beforeAll(async () => {
		mock = await startMockApi({ api: "oz" });
	});
	afterAll(() => mock.close());

	const signIn = (init: RequestInit = {}) =>
		fetch(`${mock.url}/api/authorize/auth`, {
			method: "POST",
			headers: tokens,
			body: credentials,
			...init,
		});

	test("answers as the authority does", async () => {
		expect(mock.url).toBe(`http://127.0.0.1:${mock.port}`);
		const { access_token } = await (await signIn()).json();
		const answer = await fetch(`${mock.url}/api/users/me`, {
			headers: { "x-forensic-access-token": access_token },
		});
		expect(answer.status).toBe(200);
		expect(mock.authority.counters.signIns).toBe(1);
		expect((await (await signIn({ body: "{}" })).json()).error_code).toBe(3);
	});

	test.each<[Fault, number, string]>([
		[{ type: "reset-before" }, 0, "ECONNRESET"],
		[{ type: "reset-after" }, 1, "ECONNRESET"],
	])("%o resets the socket", async (fault, signIns) => {
		mock.authority.reset();
		mock.authority.fail(fault);
		expect(await code(signIn())).toMatch(/^(ECONNRESET|UND_ERR_SOCKET)$/);
		expect(mock.authority.counters.signIns).toBe(signIns);
	});

	test("half a body arrives, and then the connection ends", async () => {
		mock.authority.reset();
		mock.authority.fail({ type: "half-body" });
		const answer = await signIn();
		const length = Number(answer.headers.get("content-length"));
		const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
		let received = 0;
		const reading = (async () => {
			for (;;) {
				const { done, value } = await reader.read();
				if (done) return;
				received += value.length;
			}
		})();
		expect(await code(reading)).toBe("UND_ERR_SOCKET");
		expect(received).toBe(length >> 1);
	});

	test("a hang lasts until the caller gives up, and keeps nothing open", async () => {
		mock.authority.fail({ type: "hang", isAfter: true });
		const gone = new AbortController();
		const answer = code(signIn({ signal: gone.signal }));
		await new Promise<void>((resolve) => {
			const stop = mock.authority.subscribe(({ type }) => {
				if (type !== "signed-in") return;
				stop();
				resolve();
			});
		});
		gone.abort();
		expect(await answer).toBe("AbortError");
	});

	test("streams in pieces, and leaves bodies out for HEAD and 204", async () => {
		const { access } = mock.authority.issue("user_email");
		const headers = { "x-forensic-access-token": access };
		const stream = await fetch(`${mock.url}/api/stream?chunks=3&pauseMs=1`, {
			headers,
		});
		expect(await stream.text()).toBe("line 1\nline 2\nline 3\n");
		const head = await fetch(`${mock.url}/api/users/me`, {
			method: "HEAD",
			headers,
		});
		expect([head.status, await head.text()]).toEqual([200, ""]);
		const empty = await fetch(`${mock.url}/api/status/204`, { headers });
		expect([empty.status, await empty.text()]).toEqual([204, ""]);
	});

	test("its Date header is the authority's", async () => {
		mock.authority.setDateOffset(-86_400_000);
		const answer = await fetch(`${mock.url}/api/public`);
		mock.authority.setDateOffset(0);
		const agoMs = Date.now() - Date.parse(answer.headers.get("date") ?? "");
		expect(Math.abs(agoMs - 86_400_000)).toBeLessThan(60_000);
	});

	test("pages of other origins may call it, and read the headers that matter", async () => {
		const preflight = await fetch(`${mock.url}/api/users/me`, {
			method: "OPTIONS",
			headers: {
				origin: "http://localhost:5173",
				"access-control-request-method": "GET",
				"access-control-request-headers": "x-forensic-access-token",
			},
		});
		expect(preflight.status).toBe(204);
		expect(preflight.headers.get("access-control-allow-headers")).toBe(
			"x-forensic-access-token",
		);
		const answer = await fetch(`${mock.url}/api/public`, {
			headers: { origin: "http://localhost:5173" },
		});
		expect(answer.headers.get("access-control-allow-origin")).toBe(
			"http://localhost:5173",
		);
		expect(answer.headers.get("access-control-expose-headers")).toContain(
			"retry-after",
		);
	});

	test("refuses a body without end", async () => {
		expect((await signIn({ body: "x".repeat(2 << 20) })).status).toBe(400);
	});

	test("is controlled over HTTP, also with faults that are plain JSON", async () => {
		mock.authority.reset();
		const order = (path: string, body?: unknown) =>
			fetch(`${mock.url}/__mock/${path}`, {
				method: "POST",
				...(body !== undefined && { body: JSON.stringify(body) }),
			});
		const { access } = mock.authority.issue("user_email");
		const me = async () =>
			(
				await fetch(`${mock.url}/api/users/me`, {
					headers: { "x-forensic-access-token": access },
				})
			).status;
		await order("fail", {
			fault: { type: "status", status: 503 },
			on: "api",
			times: 1,
			skip: 1,
		});
		expect([await me(), await me(), await me()]).toEqual([200, 503, 200]);
		await order("expire", { login: "other_email" });
		expect(await me()).toBe(200);
		await order("expire");
		expect(await me()).toBe(401);
		for (const [path, body] of [
			["lose", {}],
			["rotate", {}],
			["revoke", {}],
			["lifetime", { ms: 5_000 }],
			["clock", { offsetMs: 1 }],
			["date", { offsetMs: 1 }],
		] as const)
			expect((await order(path, body)).status).toBe(200);
		const shown = await (await fetch(`${mock.url}/__mock`)).json();
		expect(shown.counters.faults).toBe(1);
		expect(shown.sessions).toMatchObject([{ generation: 2, isRevoked: true }]);
		expect(JSON.stringify(shown)).not.toContain("kt-canary-");
		for (const [path, body] of [
			["lifetime", { ms: "5" }],
			["clock", {}],
			["date", {}],
			["fail", {}],
			["fail", [1]],
			["fail", { fault: null }],
			["fail", { fault: { type: "statsu", status: 503 } }],
			["fail", { fault: { type: "toString" } }],
			["fail", { fault: { type: "status" } }],
			["fail", { fault: { type: "slow" } }],
			["fail", { fault: { type: "redirect" } }],
			["fail", { fault: { type: "portal" }, on: "refesh" }],
			["fail", { fault: { type: "portal" }, times: Infinity }],
			["fail", { fault: { type: "portal" }, skip: "1" }],
			["expire", { login: 5 }],
			["nothing", {}],
		] as const)
			expect([path, body, (await order(path, body)).status]).toEqual([
				path,
				body,
				400,
			]);
		expect(
			(await order("fail", { fault: { type: "half-body" }, on: "/users" }))
				.status,
		).toBe(200);
		await order("reset");
		expect(mock.authority.sessions).toEqual([]);
	});
});

test("several APIs live below their paths, the longest one first", async () => {
	const oz = createOzAuthority();
	await using mock = await startMockApi({
		api: { "/oz": oz, "/oz/kz": "kazunion", "/oauth2": "oauth2" },
		control: false,
		cors: false,
	});
	const status = async (path: string) =>
		(await fetch(mock.url + path, { headers: { origin: "http://a.test" } }))
			.status;
	expect(mock.authority).toBe(oz);
	expect(await status("/oz/api/public")).toBe(200);
	expect(await status("/oz/kz/api/public")).toBe(200);
	expect(await status("/oauth2/api/public")).toBe(200);
	expect(await status("/ozone/api/public")).toBe(404);
	expect(await status("/oz/__mock")).toBe(404);
	expect(mock.authorities["/oz/kz"].counters.accepted).toBe(1);
	const answer = await fetch(`${mock.url}/oz/api/public`, {
		headers: { origin: "http://a.test" },
	});
	expect(answer.headers.get("access-control-allow-origin")).toBeNull();
});

test("close breaks what is open, gives the port back, and may be called twice", async () => {
	const mock = await startMockApi({ api: "kazunion" });
	mock.authority.fail({ type: "hang" });
	const answer = code(fetch(`${mock.url}/api/public`));
	await new Promise<void>((resolve) => {
		mock.authority.subscribe(() => resolve());
	});
	await mock.close();
	await mock.close();
	expect(await answer).not.toBe("answered");
	const again = await startMockApi({ api: "oauth2", port: mock.port });
	expect(again.port).toBe(mock.port);
	await again.close();
});

test("authorities are found by the paths that were given, with a slash at the end or nothing but one", async () => {
	await using mock = await startMockApi({
		api: { "/": "oz", "/kz/": "kazunion" },
	});
	await fetch(`${mock.url}/api/public`);
	await fetch(`${mock.url}/kz/api/public`);
	expect(mock.authorities["/"].counters.requests).toBe(1);
	expect(mock.authorities["/kz/"].counters.requests).toBe(1);
});

test("any handler can be served", async () => {
	await using server = await serveHandler(async (request) =>
		Response.json({ url: request.url, cookie: request.headers.get("cookie") }),
	);
	const answer = await fetch(`${server.url}/a?b=c`, {
		headers: { cookie: "d=e" },
	});
	expect(await answer.json()).toEqual({
		url: `${server.url}/a?b=c`,
		cookie: "d=e",
	});
});

test("an authority can be mounted in a server that is there already", async () => {
	const api = createOzAuthority();
	const listener = toNodeListener((request) => api.handler(request, "/mock"));
	const server = createServer((message, out) => {
		if (message.url?.startsWith("/mock/")) void listener(message, out);
		else out.end("the page");
	}).listen(0, "127.0.0.1");
	await once(server, "listening");
	const { port } = server.address() as AddressInfo;
	const origin = `http://127.0.0.1:${port}`;
	expect(await (await fetch(`${origin}/`)).text()).toBe("the page");
	expect((await fetch(`${origin}/mock/api/public`)).status).toBe(200);
	api.fail({ type: "reset-before" });
	expect(await code(fetch(`${origin}/mock/api/public`))).not.toBe("answered");
	server.close();
	server.closeAllConnections();
});
