import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { inspect } from "node:util";
import { createAuth, isAuthError } from "@keyturn/core";
import { webPlatform } from "@keyturn/fetch";
import { kyTransport, withAuth } from "@keyturn/ky";
import ky from "ky";
import { describe, expect, test } from "vitest";
import { startApi, tokenMark } from "../../fetch/test/api.ts";
import { startLoopback } from "../../fetch/test/loopback.ts";

const failure = (promise: Promise<unknown>): Promise<unknown> =>
	promise.then(
		() => "no error",
		(error: unknown) => error,
	);
const to = (url: string) =>
	({
		method: "POST",
		url,
		headers: [["x-a", "b"]],
		body: `${tokenMark}body`,
	}) as const;

describe("token requests through ky", () => {
	test("go out as they are, and the application's hooks and headers see them", async () => {
		await using server = await startLoopback(
			(_, out) => void out.writeHead(503).end("down"),
		);
		const seen: string[] = [];
		const client = ky.create({
			baseUrl: "https://elsewhere.example",
			prefix: "https://elsewhere.example/prefix",
			headers: { "x-app": "1" },
			hooks: {
				beforeRequest: [({ request }) => void seen.push(request.url)],
				afterResponse: [({ response }) => void seen.push(`${response.status}`)],
			},
		});
		const platform = webPlatform({ fetch: kyTransport(client) });
		const response = await platform.send(to(`${server.origin}/token`));
		expect(response).toMatchObject({ status: 503, body: "down" });
		expect(server.seen).toMatchObject([
			{
				method: "POST",
				path: "/token",
				headers: { "x-a": "b", "x-app": "1" },
				body: `${tokenMark}body`,
			},
		]);
		expect(seen).toEqual([`${server.origin}/token`, "503"]);
	});

	test("B3 are sent once, however often the client would retry and however short its patience", async () => {
		await using server = await startLoopback((seen, out) => {
			if (seen.path === "/reset") out.destroy();
			else setTimeout(() => out.writeHead(503).end(), 50);
		});
		const client = ky.create({
			timeout: 10,
			totalTimeout: 20,
			retry: {
				limit: 5,
				methods: ["post"],
				delay: () => 1,
				retryOnTimeout: true,
			},
		});
		const platform = webPlatform({ fetch: kyTransport(client) });
		expect((await platform.send(to(server.origin))).status).toBe(503);
		expect(
			await failure(platform.send(to(`${server.origin}/reset`))),
		).toBeInstanceOf(Error);
		expect(server.seen).toHaveLength(2);
	});

	test("B1 a refused connection is unavailable, a reset one is not", async () => {
		// before the port is free: else it could be given that one
		await using server = await startLoopback((_, out) => void out.destroy());
		const closed = createServer().listen(0, "127.0.0.1");
		await once(closed, "listening");
		const { port } = closed.address() as AddressInfo;
		closed.close();
		await once(closed, "close");
		const platform = webPlatform({ fetch: kyTransport(ky) });
		expect(
			await failure(platform.send(to(`http://127.0.0.1:${port}/`))),
		).toMatchObject({ code: "unavailable" });
		expect(isAuthError(await failure(platform.send(to(server.origin))))).toBe(
			false,
		);
	});

	test("no error carries the request, which holds the token", async () => {
		await using server = await startLoopback((_, out) => void out.destroy());
		const failing = ky.create({
			hooks: {
				beforeRequest: [
					({ request }) => {
						if (request.url.includes("hook")) throw new Error("of a hook");
					},
				],
			},
		});
		const platform = webPlatform({
			fetch: kyTransport(failing),
			sendTimeoutMs: 100,
		});
		for (const url of [
			server.origin,
			`${server.origin}/hook`,
			"http://keyturn.invalid/",
		]) {
			const error = await failure(platform.send(to(url)));
			expect(error).toBeInstanceOf(Error);
			for (let at = error; at instanceof Error; at = at.cause) {
				expect(
					Object.values(at).some((value) => value instanceof Request),
				).toBe(false);
				expect(inspect(at, { depth: 9, showHidden: true })).not.toContain(
					tokenMark,
				);
			}
		}
	});

	test("never wait for the very token that they bring", async () => {
		await using api = await startApi();
		let client = ky.create({});
		const auth = createAuth({
			protocol: api.protocol,
			platform: webPlatform({
				fetch: kyTransport(((input: Request, init: object) =>
					client(input, init)) as typeof ky),
			}),
			refresh: { minIntervalMs: 0 },
		});
		client = client.extend(withAuth(auth, { auth: "required" }));
		await auth.signIn();
		api.loseToken();
		expect(await client.get(`${api.origin}/a`).text()).toBe("GET /a ");
		expect(api.refreshes).toBe(1);
		auth.close();
	});
});
