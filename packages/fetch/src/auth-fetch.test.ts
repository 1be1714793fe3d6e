import {
	AuthError,
	createAuth,
	defineStore,
	isAuthError,
	type SessionRecord,
} from "@keyturn/core";
import { createAuthFetch, webPlatform } from "@keyturn/fetch";
import * as undici from "undici";
import { afterEach, describe, expect, test, vi } from "vitest";
import { type Api, startApi, tokenHeader, tokenMark } from "../test/api.ts";
import { type Seen, startLoopback } from "../test/loopback.ts";

afterEach(() => vi.unstubAllGlobals());

const codeOf = async (promise: Promise<unknown>): Promise<string> =>
	promise.then(
		() => "no error",
		(error: unknown) => (isAuthError(error) ? error.code : `${error}`),
	);

/** A `fetch` that keeps what it was called with. */
function spy(answer: () => Response = () => new Response("ok")) {
	const calls: { input: unknown; init: RequestInit | undefined }[] = [];
	return {
		calls,
		fetch: async (input: unknown, init?: RequestInit) => {
			calls.push({ input, init });
			return answer();
		},
	};
}

describe("the token", () => {
	test("goes to the API, with the headers that the caller gave in whatever form", async () => {
		await using api = await startApi();
		const authFetch = createAuthFetch(api.auth);
		const forms: (HeadersInit | undefined)[] = [
			undefined,
			{ "X-Mine": "1" },
			[["x-mine", "1"]],
			new Headers({ "x-mine": "1" }),
		];
		for (const headers of forms) {
			const init = headers && { headers };
			expect((await authFetch(`${api.origin}/a`, init)).status).toBe(200);
			expect(api.calls.at(-1)?.headers).toMatchObject({
				[tokenHeader]: api.good,
				...(headers && { "x-mine": "1" }),
			});
		}
	});

	test("B94 headers that can be read only once arrive, with a token and without", async () => {
		await using api = await startApi();
		const authFetch = createAuthFetch(api.auth);
		const sent = async (url: string, name = "x-mine") => {
			const headers = new Map([[name, "1"]]).entries() as never;
			await authFetch(url, { method: "PUT", headers });
			const { method, headers: arrived } = api.calls.at(-1) as Seen;
			return `${method} ${arrived[name]} ${arrived[tokenHeader]}`;
		};
		expect(await sent(`${api.origin}/a`)).toBe(`PUT 1 ${api.good}`);
		expect(await sent(`${api.origin}/open`, tokenHeader)).toBe("PUT 1 1");
		expect(await sent(`${api.alias}/open`)).toBe("PUT 1 undefined");
		await api.auth.signOut();
		expect(await sent(`${api.origin}/open`)).toBe("PUT 1 undefined");
	});

	test("leaves the caller's init and headers as they were", async () => {
		await using api = await startApi();
		const headers = new Headers({ a: "b" });
		const init = Object.freeze({ headers, method: "PUT", body: "x" });
		await createAuthFetch(api.auth)(`${api.origin}/a`, init);
		expect([...headers]).toEqual([["a", "b"]]);
		expect(api.calls[0]).toMatchObject({ method: "PUT", body: "x" });
	});

	test("B90 is not put over one that the caller has set, and its 401 is the caller's", async () => {
		await using api = await startApi();
		const authFetch = createAuthFetch(api.auth);
		for (const headers of [
			{ "X-API-Token": "mine" },
			[["x-api-token", "mine"]] as [string, string][],
			new Headers([[tokenHeader, "mine"]]),
		]) {
			const response = await authFetch(`${api.origin}/a`, { headers });
			expect(response.status).toBe(401);
			expect(await response.text()).toBe("no");
		}
		const request = new Request(`${api.origin}/a`, {
			headers: { [tokenHeader]: "mine" },
		});
		expect((await authFetch(request)).status).toBe(401);
		expect(api.calls.map(({ headers }) => headers[tokenHeader])).toEqual(
			Array(4).fill("mine"),
		);
		expect(api.refreshes).toBe(0);
	});

	test("B90 a request with the caller's own token does not wait for a refresh", async () => {
		await using api = await startApi();
		api.loseToken();
		api.onRefresh = () => {};
		const authFetch = createAuthFetch(api.auth);
		const waiting = authFetch(`${api.origin}/a`).catch(() => {});
		await expect.poll(() => api.auth.state.status).toBe("refreshing");
		const response = await authFetch(`${api.origin}/open`, {
			headers: { [tokenHeader]: "mine" },
		});
		expect(response.status).toBe(200);
		api.auth.close();
		await waiting;
	});

	test("B90 nor where the session has yet to be read from its store", async () => {
		await using api = await startApi({ isSignedIn: false });
		const tokens = { access: "stored", refresh: "r" };
		let read: ((record: SessionRecord) => void) | undefined;
		const auth = createAuth({
			protocol: api.protocol,
			platform: webPlatform(),
			store: defineStore({
				read: () =>
					new Promise((resolve) => {
						read = resolve;
					}),
				swap: () => true,
			}),
		});
		const pending = createAuthFetch(auth)(`${api.origin}/a`, {
			headers: { [tokenHeader]: "mine" },
		});
		read?.({
			schema: 1,
			protocol: api.protocol.name,
			epoch: 1,
			generation: 1,
			...tokens,
			receivedAtMs: Date.now(),
			signedInAtMs: Date.now(),
			lifetimeMs: 3_600_000,
			isPasswordExpired: false,
			user: null,
		});
		expect((await pending).status).toBe(401);
		expect(api.calls.map(({ headers }) => headers[tokenHeader])).toEqual([
			"mine",
		]);
		expect(api.refreshes).toBe(0);
		auth.close();
	});

	test("does not go along when the request is anonymous", async () => {
		await using api = await startApi();
		const response = await createAuthFetch(api.auth)(`${api.origin}/a`, {
			auth: "anonymous",
		});
		expect(response.status).toBe(401);
		expect(api.calls[0]?.headers[tokenHeader]).toBeUndefined();
		expect(api.refreshes).toBe(0);
	});
});

describe("signed out", () => {
	test("requests go out bare by default, untouched", async () => {
		await using api = await startApi({ isSignedIn: false });
		const { calls, fetch } = spy();
		const init = { method: "POST" };
		await createAuthFetch(api.auth, { fetch })(`${api.origin}/a`, init);
		expect(calls).toEqual([{ input: `${api.origin}/a`, init }]);
		expect(calls[0]?.init).toBe(init);
	});

	test("a request that requires a session rejects with signed-out, as option and as default", async () => {
		await using api = await startApi({ isSignedIn: false });
		const { calls, fetch } = spy();
		const url = `${api.origin}/a`;
		const byRequest = createAuthFetch(api.auth, { fetch });
		expect(await codeOf(byRequest(url, { auth: "required" }))).toBe(
			"signed-out",
		);
		const byDefault = createAuthFetch(api.auth, { fetch, auth: "required" });
		expect(await codeOf(byDefault(url))).toBe("signed-out");
		expect(calls).toEqual([]);
		await byDefault(url, { auth: "optional" });
		await byDefault("https://elsewhere.example/a");
		expect(calls).toHaveLength(2);
	});

	test("a mode that does not exist rejects and names the option", async () => {
		await using api = await startApi({ isSignedIn: false });
		const { fetch } = spy();
		const wrong = { auth: "requierd" } as never;
		const error: unknown = await createAuthFetch(api.auth, { fetch })(
			`${api.origin}/a`,
			wrong,
		).catch((reason: unknown) => reason);
		expect(error).toMatchObject({ code: "invalid-option", detail: "auth" });
		expect(
			await codeOf(createAuthFetch(api.auth, wrong)(`${api.origin}/a`)),
		).toBe("invalid-option");
	});

	test("B47 a body that cannot be read hides no other rejection", async () => {
		await using api = await startApi({ isSignedIn: false });
		const unheard: unknown[] = [];
		const listen = (reason: unknown) => void unheard.push(reason);
		process.on("unhandledRejection", listen);
		try {
			const body = new Uint8Array(8);
			structuredClone(body.buffer, { transfer: [body.buffer] });
			const { fetch } = spy();
			await expect(
				createAuthFetch(api.auth, { fetch })(`${api.origin}/a`, {
					method: "POST",
					body,
					auth: "required",
				}),
			).rejects.toThrow();
			await new Promise((resolve) => setTimeout(resolve, 20));
			expect(unheard).toEqual([]);
		} finally {
			process.off("unhandledRejection", listen);
		}
	});
});

describe("as fetch", () => {
	test("B95 has the name and the length of fetch", async () => {
		await using api = await startApi({ isSignedIn: false });
		const authFetch = createAuthFetch(api.auth);
		expect([authFetch.name, authFetch.length]).toEqual(["fetch", 1]);
		expect(Object.prototype.toString.call(authFetch)).toBe("[object Function]");
	});

	test("B96 takes a string, a URL, a Request and what can be made a string", async () => {
		await using api = await startApi();
		const authFetch = createAuthFetch(api.auth);
		const url = `${api.origin}/a`;
		const odd = `${api.origin.replace("http", "HTTP")}/b/../a`;
		for (const input of [
			url,
			new URL(url),
			new Request(url),
			{ toString: () => url } as URL,
			odd,
			` ${url}\n`,
		]) {
			const response = await authFetch(input);
			expect(response.status).toBe(200);
			expect(response.url).toBe(url);
		}
	});

	test("B96 asks an object for its string once, and sends what it has judged", async () => {
		await using api = await startApi();
		const { calls, fetch } = spy();
		const answers = [`${api.origin}/a`, "https://evil.example/"];
		const input = { toString: () => answers.shift() } as unknown as URL;
		await createAuthFetch(api.auth, { fetch })(input);
		expect(calls[0]?.input).toBe(`${api.origin}/a`);
	});

	test("B96 data:, blob: and about: URLs and other origins pass as they are", async () => {
		await using api = await startApi();
		const authFetch = createAuthFetch(api.auth);
		expect(await (await authFetch("data:text/plain,hello")).text()).toBe(
			"hello",
		);
		const blob = URL.createObjectURL(new Blob(["blob"]));
		expect(await (await authFetch(blob)).text()).toBe("blob");
		const { calls, fetch } = spy();
		const through = createAuthFetch(api.auth, { fetch });
		for (const input of [
			"about:blank",
			new URL("https://other.example/x"),
			new Request(api.alias),
		]) {
			const init = { headers: { a: "b" } };
			await through(input, init);
			expect(calls.at(-1)?.input).toBe(input);
			expect(calls.at(-1)?.init).toBe(init);
		}
	});

	test("B96 rejects, never throws, and as fetch does", async () => {
		await using api = await startApi();
		const authFetch = createAuthFetch(api.auth);
		for (const input of [
			"/relative",
			"http://",
			Symbol("x") as never,
			undefined as never,
		]) {
			const expected = await fetch(input).catch((error: Error) => error);
			const actual = await authFetch(input).catch((error: Error) => error);
			expect(actual).toBeInstanceOf(TypeError);
			expect((actual as Error).name).toBe((expected as Error).name);
		}
		await expect(
			authFetch(`${api.origin}/a`, { headers: [["a"]] as never }),
		).rejects.toThrow(TypeError);
		await expect(authFetch(`${api.origin}/a`, { body: "x" })).rejects.toThrow(
			/GET/,
		);
	});

	test("B94 passes every member of the init on, known or not", async () => {
		await using api = await startApi();
		const { calls, fetch } = spy();
		const init = {
			mode: "cors",
			credentials: "include",
			integrity: "sha256-x",
			referrer: "http://a/",
			referrerPolicy: "no-referrer",
			cache: "reload",
			priority: "high",
			keepalive: true,
			redirect: "error",
			dispatcher: {},
			next: { revalidate: 1 },
		} as RequestInit;
		await createAuthFetch(api.auth, { fetch })(`${api.origin}/a`, init);
		expect(calls[0]?.init).toEqual({
			...init,
			headers: [[tokenHeader, api.good]],
		});
	});

	test("B94 reads an init as fetch does, inherited members too", async () => {
		await using api = await startApi();
		const authFetch = createAuthFetch(api.auth);
		const request = new Request(api.alias, {
			method: "PUT",
			headers: { a: "b" },
		});
		await authFetch(`${api.origin}/a`, request);
		await authFetch(`${api.origin}/a`, Object.create({ method: "PUT" }));
		expect(api.calls).toMatchObject([
			{ method: "PUT", headers: { a: "b", [tokenHeader]: api.good } },
			{ method: "PUT", headers: { [tokenHeader]: api.good } },
		]);
	});

	test("B94 a Request keeps its referrer, which any init makes fetch forget", async () => {
		await using api = await startApi();
		const { calls, fetch } = spy();
		const request = new Request(`${api.origin}/a`, {
			referrer: "",
			referrerPolicy: "origin",
			redirect: "manual",
		});
		await createAuthFetch(api.auth, { fetch })(request);
		const { input, init } = calls[0] ?? {};
		expect(input).toBe(request);
		const sent = new Request(input as Request, init);
		expect(sent.referrer).toBe(request.referrer);
		expect(sent.referrerPolicy).toBe("origin");
		expect(sent.redirect).toBe("manual");
		expect(Object.keys(init ?? {}).sort()).toEqual([
			"headers",
			"referrer",
			"referrerPolicy",
		]);
	});

	test("sends in the same turn when the token is there", async () => {
		await using api = await startApi();
		const { calls, fetch } = spy();
		void createAuthFetch(api.auth, { fetch })(`${api.origin}/a`);
		expect(calls).toHaveLength(1);
	});

	test("gives the very response of fetch", async () => {
		await using api = await startApi();
		const response = new Response("x");
		const { fetch } = spy(() => response);
		expect(await createAuthFetch(api.auth, { fetch })(`${api.origin}/a`)).toBe(
			response,
		);
	});

	test("looks the global fetch up at each request", async () => {
		await using api = await startApi();
		const authFetch = createAuthFetch(api.auth);
		vi.stubGlobal("fetch", async () => new Response("stubbed"));
		expect(await (await authFetch(`${api.origin}/a`)).text()).toBe("stubbed");
		vi.unstubAllGlobals();
		expect(await (await authFetch(`${api.origin}/a`)).text()).toBe("GET /a ");
	});

	test("needs no this, and gives none", async () => {
		await using api = await startApi();
		let self: unknown = "not called";
		const { authFetch } = {
			authFetch: createAuthFetch(api.auth, {
				async fetch(this: unknown) {
					self = this;
					return new Response();
				},
			}),
		};
		await authFetch(`${api.origin}/a`);
		expect(self).toBeUndefined();
	});

	test("B120 a fetch of another implementation gets its own classes and plain data", async () => {
		await using api = await startApi();
		const { Request, FormData, Headers } = undici;
		const made: unknown[] = [];
		const authFetch = createAuthFetch(api.auth, {
			fetch: (input, init) => {
				made.push(input, init?.headers, init?.body);
				return undici.fetch(
					input as never,
					init as undici.RequestInit,
				) as never;
			},
		});
		const form = new FormData();
		form.append("a", "b");
		const inputs = [
			[
				new Request(`${api.origin}/r`, {
					method: "POST",
					body: "r",
					headers: new Headers({ h: "1" }),
				}),
			],
			[
				`${api.origin}/f`,
				{ method: "POST", body: form, headers: new Headers({ h: "1" }) },
			],
		] as never as Parameters<typeof authFetch>[];
		for (const lose of [false, true])
			for (const [input, init] of inputs) {
				if (lose) api.loseToken();
				const again = input instanceof Request ? input.clone() : input;
				const response = await authFetch(again as never, init);
				expect(response).toBeInstanceOf(undici.Response);
				expect(response.status).toBe(200);
				expect(api.calls.at(-1)?.headers.h).toBe("1");
				expect(await response.text()).toMatch(/POST \/(r r|f -+form)/);
			}
		for (const value of made)
			for (const Global of [
				globalThis.Request,
				globalThis.Headers,
				globalThis.FormData,
			])
				expect(value).not.toBeInstanceOf(Global);
	});
});

test("B120 a form of another maker that cannot be read is handed on, and sent once", async () => {
	await using api = await startApi();
	const { calls, fetch } = spy(() => new Response("no", { status: 401 }));
	// as that of React Native, and of the form-data package
	class AppendOnlyForm {
		readonly parts: unknown[] = [];
		append(...part: unknown[]) {
			this.parts.push(part);
		}
	}
	const form = new AppendOnlyForm();
	form.append("a", "b");
	const body = form as unknown as FormData;
	const response = await createAuthFetch(api.auth, { fetch })(
		`${api.origin}/a`,
		{ method: "POST", body },
	);
	expect(response.status).toBe(401);
	expect(calls.map(({ init }) => init?.body)).toEqual([body]);
	expect(calls[0]?.init?.body).toBe(body);
});

describe("waiting for a token", () => {
	const expireDuring = async (api: Api) => {
		api.loseToken();
		let answer: (() => void) | undefined;
		api.onRefresh = (_, out) => {
			answer = () => out.end(JSON.stringify({ access: "bad", refresh: "r" }));
		};
		const first = createAuthFetch(api.auth)(`${api.origin}/a`).catch(() => {});
		await expect.poll(() => answer).toBeDefined();
		return { first, answer: () => answer?.() };
	};

	test("B10 an abort frees the caller at once with its own reason, and the refresh goes on", async () => {
		await using api = await startApi();
		const { first, answer } = await expireDuring(api);
		const abort = new AbortController();
		const reason = new Error("mine");
		const waiting = createAuthFetch(api.auth)(`${api.origin}/b`, {
			signal: abort.signal,
		});
		abort.abort(reason);
		await expect(waiting).rejects.toBe(reason);
		expect(api.auth.state.status).toBe("refreshing");
		answer();
		await first;
		expect(api.auth.state.status).toBe("authenticated");
		expect(api.calls.some(({ path }) => path === "/b")).toBe(false);
	});

	test("B10 likewise when the signal is the Request's own", async () => {
		await using api = await startApi();
		const { first, answer } = await expireDuring(api);
		const abort = new AbortController();
		const request = new Request(`${api.origin}/b`, { signal: abort.signal });
		const waiting = createAuthFetch(api.auth)(request);
		abort.abort(new Error("mine"));
		await expect(waiting).rejects.toThrow("mine");
		answer();
		await first;
	});

	test("B10 B94 and not by the Request's own where the init says that there is none", async () => {
		await using api = await startApi();
		const { first, answer } = await expireDuring(api);
		const request = new Request(`${api.origin}/open`, {
			signal: AbortSignal.abort(),
		});
		const waiting = createAuthFetch(api.auth)(request, { signal: null });
		answer();
		await first;
		expect((await waiting).status).toBe(200);
	});

	test("a signal that has aborted before rejects with its reason and sends nothing", async () => {
		await using api = await startApi();
		const reason = new Error("before");
		await expect(
			createAuthFetch(api.auth)(`${api.origin}/a`, {
				signal: AbortSignal.abort(reason),
			}),
		).rejects.toBe(reason);
		expect(api.calls).toEqual([]);
	});

	test("the request is the one that was asked for, whatever the caller does to its parts meanwhile", async () => {
		let release: (() => void) | undefined;
		await using api = await startApi();
		api.loseToken();
		api.onRefresh = (_, out) => {
			release = () => out.end(JSON.stringify({ access: "x", refresh: "y" }));
		};
		const first = createAuthFetch(api.auth)(`${api.origin}/open`, {
			auth: "required",
		});
		void first.catch(() => {});
		void createAuthFetch(api.auth)(`${api.origin}/trigger`).catch(() => {});
		await expect.poll(() => release).toBeDefined();

		const { calls, fetch } = spy();
		const url = new URL(`${api.origin}/open`);
		const bytes = new TextEncoder().encode("bytes");
		const node = Buffer.from("node");
		const form = new FormData();
		form.set("a", "1");
		const params = new URLSearchParams({ a: "1" });
		const headers = new Headers({ a: "1" });
		const sent = [bytes, bytes.buffer, node, form, params].map((body) => {
			const init = { method: "POST", body, headers };
			const pending = createAuthFetch(api.auth, { fetch })(url, init);
			init.method = "DELETE";
			return pending;
		});
		url.host = "evil.example";
		bytes.fill(0);
		node.fill(0);
		form.set("a", "2");
		params.set("a", "2");
		headers.set("a", "2");
		release?.();
		await Promise.all(sent);
		const bodies = await Promise.all(
			calls.map(({ input, init }) => new Request(input as string, init).text()),
		);
		expect(bodies).toEqual([
			"bytes",
			"bytes",
			"node",
			expect.stringMatching(/"a"\s+1\s/),
			"a=1",
		]);
		expect(calls.every(({ input }) => input === `${api.origin}/open`)).toBe(
			true,
		);
		expect(calls.every(({ init }) => init?.method === "POST")).toBe(true);
		expect(calls[0]?.init?.headers).toEqual([
			["a", "1"],
			[tokenHeader, "x"],
		]);
	});

	test("a definite no to the refresh ends the session, and the 401 is the caller's, unread", async () => {
		await using api = await startApi();
		api.loseToken();
		api.onRefresh = (_, out) => void out.writeHead(400).end("{}");
		const response = await createAuthFetch(api.auth)(`${api.origin}/a`);
		expect(response.status).toBe(401);
		expect(response.bodyUsed).toBe(false);
		expect(await response.text()).toBe("no");
		expect(api.auth.state).toMatchObject({
			status: "unauthenticated",
			reason: "rejected",
		});
	});

	test("a refresh that nobody can reach rejects what waits with unavailable, and cancels the 401", async () => {
		let cancelled = 0;
		await using api = await startApi();
		const platform = webPlatform();
		const auth = createAuth({
			protocol: api.protocol,
			platform: {
				...platform,
				// the session's own second try comes at once
				schedule: (delayMs, callback, options) =>
					platform.schedule(delayMs > 5_000 ? delayMs : 0, callback, options),
				send: (request) =>
					request.url.endsWith("/token")
						? platform.send(request)
						: Promise.reject(new AuthError("unavailable")),
			},
		});
		await auth.signIn();
		const { fetch } = spy(
			() =>
				new Response(new ReadableStream({ cancel: () => void cancelled++ }), {
					status: 401,
				}),
		);
		const failed = createAuthFetch(auth, { fetch })(`${api.origin}/a`);
		expect(await codeOf(failed)).toBe("unavailable");
		expect(cancelled).toBe(1);
		auth.close();
	});
});

test("no token is in any error of the adapter", async () => {
	await using api = await startApi();
	const authFetch = createAuthFetch(api.auth);
	await using broken = await startLoopback((_, out) => out.destroy());
	const errors = await Promise.all(
		[
			authFetch(`${api.origin}/a`, { headers: { "bad name": "x" } }),
			authFetch(`${api.origin}/a`, { auth: "wrong" as never }),
			authFetch(broken.origin),
			authFetch(`${api.origin}/a`, { signal: AbortSignal.abort() }),
		].map((promise) => promise.catch((error: unknown) => error)),
	);
	const { inspect } = await import("node:util");
	for (const error of errors) {
		expect(error).toBeInstanceOf(Error);
		expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(
			tokenMark,
		);
	}
});
