import { spawn } from "node:child_process";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer as createTcpServer } from "node:net";
import { inspect } from "node:util";
import { createAuth, isAuthError, type Platform } from "@keyturn/core";
import { createAuthFetch, webPlatform } from "@keyturn/fetch";
import { afterEach, describe, expect, test, vi } from "vitest";
import { tokenMark } from "../test/api.ts";
import { startLoopback } from "../test/loopback.ts";

afterEach(() => {
	vi.unstubAllGlobals();
	vi.useRealTimers();
});

const to = (url: string) =>
	({
		method: "POST",
		url,
		headers: [
			["content-type", "application/json"],
			["x-a", "b"],
		],
		body: `{"token":"${tokenMark}body"}`,
	}) as const;

const failure = (promise: Promise<unknown>): Promise<unknown> =>
	promise.then(
		() => "no error",
		(error: unknown) => error,
	);

describe("send", () => {
	test("sends what it is given and gives back plain data", async () => {
		await using server = await startLoopback((_, out) =>
			out
				.writeHead(418, {
					"X-Answer": "1",
					"content-type": "text/plain; charset=utf-8",
				})
				.end("\ufeffgrüezi"),
		);
		const response = await webPlatform().send(to(`${server.origin}/token?a`));
		expect(response).toMatchObject({
			status: 418,
			body: "grüezi",
			headers: { "x-answer": "1" },
		});
		expect(server.seen[0]).toMatchObject({
			method: "POST",
			path: "/token?a",
			headers: { "content-type": "application/json", "x-a": "b" },
			body: to("").body,
		});
	});

	test("an answer without a body is an empty text", async () => {
		await using server = await startLoopback((_, out) =>
			out.writeHead(204).end(),
		);
		expect(await webPlatform().send(to(server.origin))).toMatchObject({
			status: 204,
			body: "",
		});
	});

	test("B111 neither asks a cache nor fills one", async () => {
		let init: RequestInit | undefined;
		const platform = webPlatform({
			fetch: async (_, given) => {
				init = given;
				return new Response("{}");
			},
		});
		await platform.send(to("http://127.0.0.1/"));
		expect(init).toMatchObject({ cache: "no-store", redirect: "manual" });
	});

	test("B58 only what ends a session may outlive its page", async () => {
		const inits: (RequestInit | undefined)[] = [];
		const platform = webPlatform({
			fetch: async (_, init) => {
				inits.push(init);
				return new Response("{}");
			},
		});
		await platform.send(to("http://127.0.0.1/"));
		await platform.send({ ...to("http://127.0.0.1/"), keepalive: true });
		// never `false`, which Bun takes for the connection
		expect(inits.map((init) => init?.keepalive)).toEqual([undefined, true]);
	});

	test("B29 follows no redirect: the token stays at its endpoint, and the answer is a bad one", async () => {
		await using elsewhere = await startLoopback((_, out) => out.end("{}"));
		await using server = await startLoopback((seen, out) =>
			out
				.writeHead(Number(seen.path.slice(1)), { location: elsewhere.origin })
				.end(),
		);
		for (const status of [301, 302, 303, 307, 308])
			expect(
				await failure(webPlatform().send(to(`${server.origin}/${status}`))),
			).toMatchObject({ code: "bad-response" });
		expect(elsewhere.seen).toEqual([]);
	});

	test("B98 reads 256 KiB, or what it was told, and cancels the rest", async () => {
		let sent = 0;
		let closed: Promise<unknown> | undefined;
		await using server = await startLoopback((seen, out) => {
			closed = once(out, "close");
			if (seen.path === "/fits") return void out.end("x".repeat(262_144));
			const more = () => {
				while (out.write("x".repeat(65_536))) sent++;
				out.once("drain", more);
			};
			more();
		});
		const fits = await webPlatform().send(to(`${server.origin}/fits`));
		expect(fits.body.length).toBe(262_144);
		expect(
			await failure(webPlatform().send(to(`${server.origin}/endless`))),
		).toMatchObject({
			code: "bad-response",
		});
		await closed;
		expect(sent).toBeLessThan(1_000);
		expect(
			await failure(
				webPlatform({ maxResponseBytes: 9 }).send(to(`${server.origin}/fits`)),
			),
		).toMatchObject({ code: "bad-response" });
	});

	test("ends for good after its time limit, whether nothing comes or a body that does not end", async () => {
		await using server = await startLoopback((seen, out) => {
			if (seen.path === "/drip") out.write("x");
		});
		for (const path of ["/hang", "/drip"]) {
			const platform = webPlatform({ sendTimeoutMs: 50 });
			const error = await failure(platform.send(to(server.origin + path)));
			expect(error).toBeInstanceOf(Error);
			// the server may have acted
			expect(isAuthError(error)).toBe(false);
		}
	});

	test("B31 a limit that no timer can hold is the longest that one can, and does not fire at once", async () => {
		await using server = await startLoopback((_, out) => {
			out.write("a");
			setTimeout(() => out.end("b"), 30);
		});
		for (const sendTimeoutMs of [Infinity, 2 ** 40]) {
			const platform = webPlatform({ sendTimeoutMs });
			expect((await platform.send(to(server.origin))).body).toBe("ab");
		}
	});

	test.each([
		["sendTimeoutMs", Number.NaN],
		["sendTimeoutMs", -1],
		["sendTimeoutMs", 0],
		["maxResponseBytes", Number.NaN],
		["maxResponseBytes", 0],
	])("%s: %s is refused at once", (name, value) => {
		expect(() => webPlatform({ [name]: value })).toThrow(
			expect.objectContaining({ code: "invalid-option", detail: name }),
		);
	});

	test("the time limit is 30 seconds by default", async () => {
		const timeout = vi.spyOn(AbortSignal, "timeout");
		const platform = webPlatform({ fetch: async () => new Response("{}") });
		await platform.send(to("http://a/"));
		expect(timeout).toHaveBeenCalledWith(30_000);
		timeout.mockRestore();
	});
});

describe("which failures certainly never left", () => {
	const isUnavailable = async (promise: Promise<unknown>) => {
		const error = await failure(promise);
		return isAuthError(error) && error.code === "unavailable";
	};

	test("B1 a refused connection and an unknown host", async () => {
		const closed = createTcpServer().listen(0, "127.0.0.1");
		await once(closed, "listening");
		const { port } = closed.address() as AddressInfo;
		closed.close();
		await once(closed, "close");
		const send = (url: string) => webPlatform().send(to(url));
		expect(await isUnavailable(send(`http://127.0.0.1:${port}/`))).toBe(true);
		// both addresses of the name are tried; their errors come as one AggregateError
		expect(await isUnavailable(send(`http://localhost:${port}/`))).toBe(true);
		expect(await isUnavailable(send("http://keyturn.invalid/"))).toBe(true);
	});

	test("B3 B5 B11 not a connection that breaks before, within or after the headers", async () => {
		await using server = await startLoopback((seen, out) => {
			if (seen.path === "/reset") return void out.socket?.resetAndDestroy();
			if (seen.path === "/close") return void out.socket?.destroy();
			out.writeHead(200, { "content-length": "100" });
			out.write("half");
			setImmediate(() => out.destroy());
		});
		for (const path of ["/reset", "/close", "/half"]) {
			const error = await failure(webPlatform().send(to(server.origin + path)));
			expect(error).toBeInstanceOf(Error);
			expect(isAuthError(error)).toBe(false);
		}
	});

	test.each([
		["Bun", Object.assign(new TypeError("x"), { code: "ECONNREFUSED" }), true],
		[
			"Bun, reset",
			Object.assign(new TypeError("x"), { code: "ECONNRESET" }),
			false,
		],
		[
			"older Bun",
			Object.assign(new Error("x"), { code: "ConnectionRefused" }),
			true,
		],
		[
			"Deno",
			new TypeError("fetch failed", {
				cause: new Error(
					"error sending request for url (http://a/): client error (Connect): dns error",
				),
			}),
			true,
		],
		[
			"Deno, reset",
			new TypeError("fetch failed", {
				cause: new Error(
					"error sending request: client error (SendRequest): connection closed",
				),
			}),
			false,
		],
		[
			"workerd, which does not say",
			new Error("Network connection lost."),
			false,
		],
		["a browser, which does not say", new TypeError("Failed to fetch"), false],
		[
			"a ring of causes",
			Object.assign(new Error("x"), { cause: new Error("y") }),
			false,
		],
		["no error at all", undefined, false],
	])("%s", async (_, error, expected) => {
		const platform = webPlatform({ fetch: () => Promise.reject(error) });
		expect(await isUnavailable(platform.send(to("http://a/")))).toBe(expected);
	});

	test("everything, when the device was offline before", async () => {
		vi.stubGlobal("navigator", { onLine: false });
		const platform = webPlatform({
			fetch: () => Promise.reject(new TypeError("Failed to fetch")),
		});
		expect(await isUnavailable(platform.send(to("http://a/")))).toBe(true);
	});

	test("not when it went offline meanwhile", async () => {
		vi.stubGlobal("navigator", { onLine: true });
		const platform = webPlatform({
			async fetch() {
				vi.stubGlobal("navigator", { onLine: false });
				throw new TypeError("Failed to fetch");
			},
		});
		expect(await isUnavailable(platform.send(to("http://a/")))).toBe(false);
	});

	test("no error has the request in it", async () => {
		const error = await failure(
			webPlatform().send(to("http://keyturn.invalid/")),
		);
		expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(
			tokenMark,
		);
	});
});

describe("clock, timers, chance", () => {
	test("are those of the runtime, looked up when asked", () => {
		const platform = webPlatform();
		vi.useFakeTimers({ now: 1_234, toFake: ["Date", "performance"] });
		expect(platform.nowMs()).toBe(1_234);
		const before = platform.monotonicMs();
		vi.advanceTimersByTime(500);
		expect([platform.nowMs(), platform.monotonicMs() - before]).toEqual([
			1_734, 500,
		]);
		for (let count = 0; count < 100; count++) {
			const value = platform.random();
			expect(value >= 0 && value < 1).toBe(true);
		}
	});

	test("a timer fires once, and not when it was cancelled", () => {
		vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
		const { schedule }: Platform = webPlatform();
		const fired: string[] = [];
		schedule(10, () => fired.push("a"), { isBackground: true });
		const cancel = schedule(10, () => fired.push("b"), { isBackground: false });
		cancel();
		cancel();
		vi.advanceTimersByTime(100);
		expect(fired).toEqual(["a"]);
	});

	test("a background timer keeps no process alive, a timer that somebody waits for does", async () => {
		const run = async (delayMs: number, isBackground: boolean) => {
			const started = performance.now();
			const child = spawn(
				process.execPath,
				[
					"--conditions=source",
					"--input-type=module",
					"--eval",
					`import { webPlatform } from "@keyturn/fetch";
					webPlatform().schedule(${delayMs}, () => console.log("fired"), { isBackground: ${isBackground} });`,
				],
				{ cwd: import.meta.dirname, stdio: ["ignore", "pipe", "inherit"] },
			);
			let text = "";
			child.stdout.on("data", (chunk) => {
				text += chunk;
			});
			await once(child, "close");
			return { text, tookMs: performance.now() - started };
		};
		const [background, awaited] = await Promise.all([
			run(60_000, true), // so long that only a process that waits for it hears it
			run(600, false),
		]);
		expect(background.text).toBe("");
		expect(awaited.text).toBe("fired\n");
		expect(awaited.tookMs).toBeGreaterThan(600);
	});

	test("importing and creating touch nothing of the runtime", async () => {
		const touched: string[] = [];
		const names = ["fetch", "navigator", "document", "location", "Request"];
		const before = names.map((name) =>
			Object.getOwnPropertyDescriptor(globalThis, name),
		);
		for (const name of names)
			Object.defineProperty(globalThis, name, {
				configurable: true,
				get() {
					touched.push(name);
					return undefined;
				},
			});
		try {
			vi.resetModules();
			const fresh = await import("./index.ts");
			fresh.webPlatform();
			fresh.createAuthFetch(
				createAuth({
					protocol: {
						name: "x",
						signIn: {
							request: () => to("") as never,
							judge: () => ({ type: "rejected" }),
						},
						covers: () => false,
						authorize: () => [],
						judge: () => false,
					},
					platform: webPlatform(),
				}),
			);
			expect(touched).toEqual([]);
		} finally {
			for (const [index, name] of names.entries()) {
				Reflect.deleteProperty(globalThis, name);
				const was = before[index];
				if (was) Object.defineProperty(globalThis, name, was);
			}
		}
		expect(createAuthFetch).toBeTypeOf("function");
	});
});
