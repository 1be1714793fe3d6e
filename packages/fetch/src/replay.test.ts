import { createAuth } from "@keyturn/core";
import {
	type AuthRequestInit,
	createAuthFetch,
	webPlatform,
} from "@keyturn/fetch";
import * as undici from "undici";
import { describe, expect, test, vi } from "vitest";
import { type Api, startApi, tokenHeader } from "../test/api.ts";

const tokensOf = (api: Api) =>
	api.calls.map(({ headers }) => headers[tokenHeader]);

describe("a rejected token", () => {
	test("B22 B89 is renewed once and the request sent once more; the first answer is cancelled", async () => {
		await using api = await startApi();
		let cancelled = 0;
		const authFetch = createAuthFetch(api.auth, {
			async fetch(input, init) {
				const response = await fetch(input, init);
				const cancel = response.body?.cancel.bind(response.body);
				if (response.body && cancel)
					response.body.cancel = (reason) => {
						cancelled++;
						return cancel(reason);
					};
				return response;
			},
		});
		api.loseToken();
		const response = await authFetch(`${api.origin}/a`);
		expect(response.status).toBe(200);
		expect(await response.text()).toBe("GET /a ");
		expect(api.refreshes).toBe(1);
		expect(tokensOf(api)[0]).not.toBe(tokensOf(api)[1]);
		expect(cancelled).toBe(1);
	});

	test("B22 B89 a second 401 goes to the caller, body unread, with one refresh in all", async () => {
		await using api = await startApi({
			answer: (_, out) => void out.writeHead(401).end("never"),
		});
		const response = await createAuthFetch(api.auth)(`${api.origin}/a`);
		expect(response.status).toBe(401);
		expect(response.bodyUsed).toBe(false);
		expect(await response.text()).toBe("never");
		expect(api.calls).toHaveLength(2);
		expect(api.refreshes).toBe(1);
	});

	test("B23 an API that answers 401 for ever gets one refresh per minimum interval, not one per request", async () => {
		await using api = await startApi({
			answer: (_, out) => void out.writeHead(401).end(),
			refresh: { minIntervalMs: 60_000 },
		});
		const authFetch = createAuthFetch(api.auth);
		for (let count = 0; count < 5; count++)
			expect((await authFetch(`${api.origin}/a`)).status).toBe(401);
		expect(api.refreshes).toBe(1);
		expect(api.calls).toHaveLength(6);
	});

	test("B24 B30 a 403 and a 401 for lack of scope start no refresh", async () => {
		const answers = [
			[403, {}],
			[401, { "www-authenticate": 'Bearer error="insufficient_scope"' }],
			[401, { "www-authenticate": "DPoP algs=ES256" }],
		] as const;
		await using api = await startApi({
			answer: (_, out) => {
				const [status, headers] = answers[api.calls.length - 1] ?? [200, {}];
				out.writeHead(status, headers).end("said");
			},
		});
		const authFetch = createAuthFetch(api.auth);
		for (const [status] of answers) {
			const response = await authFetch(`${api.origin}/a`);
			expect(response.status).toBe(status);
			expect(await response.text()).toBe("said");
		}
		expect(api.refreshes).toBe(0);
		expect(api.calls).toHaveLength(answers.length);
	});

	test("B25 a 401 of another origin is untouched", async () => {
		await using api = await startApi();
		const response = await createAuthFetch(api.auth)(`${api.alias}/a`);
		expect(response.status).toBe(401);
		expect(api.refreshes).toBe(0);
		expect(tokensOf(api)).toEqual([undefined]);
	});

	test("B40 a hundred requests at once on a rejected token cost one refresh and lose nothing", async () => {
		await using api = await startApi();
		const authFetch = createAuthFetch(api.auth);
		api.loseToken();
		const answers = await Promise.all(
			Array.from({ length: 100 }, async (_, index) => {
				const response = await authFetch(`${api.origin}/a`, {
					method: "POST",
					body: `${index}`,
				});
				return response.text();
			}),
		);
		expect(answers).toEqual(
			Array.from({ length: 100 }, (_, index) => `POST /a ${index}`),
		);
		expect(api.refreshes).toBe(1);
		expect(api.calls.length).toBeLessThanOrEqual(200);
	});

	test("B41 a late 401 for an older token is replayed without a refresh", async () => {
		const late: (() => void)[] = [];
		await using api = await startApi({
			answer: (seen, out) => {
				if (seen.path === "/slow-open" && late.length === 0)
					late.push(() => out.writeHead(401).end());
				else out.end("ok");
			},
		});
		const authFetch = createAuthFetch(api.auth);
		const slow = authFetch(`${api.origin}/slow-open`);
		await expect.poll(() => late).toHaveLength(1);
		await api.auth.refresh();
		late[0]?.();
		expect((await slow).status).toBe(200);
		expect(api.refreshes).toBe(1);
		expect(tokensOf(api)[1]).toBe(api.good);
	});

	test("a caller that wants no replay gets the 401 at once; the session renews for the next one", async () => {
		await using api = await startApi();
		const authFetch = createAuthFetch(api.auth);
		api.loseToken();
		const response = await authFetch(`${api.origin}/a`, { replay: false });
		expect(response.status).toBe(401);
		expect(await response.text()).toBe("no");
		await expect.poll(() => api.refreshes).toBe(1);
		expect((await authFetch(`${api.origin}/a`)).status).toBe(200);
		expect(api.refreshes).toBe(1);
	});

	test("B93 an abort between the 401 and the replay rejects with its reason, and nothing more is sent", async () => {
		await using api = await startApi();
		api.loseToken();
		const abort = new AbortController();
		const reason = new Error("mine");
		let release: (() => void) | undefined;
		api.onRefresh = (_, out) => {
			release = () => out.end(JSON.stringify({ access: "x", refresh: "y" }));
			abort.abort(reason);
		};
		const pending = createAuthFetch(api.auth)(`${api.origin}/a`, {
			signal: abort.signal,
		});
		await expect(pending).rejects.toBe(reason);
		release?.();
		await expect.poll(() => api.auth.state.status).toBe("authenticated");
		expect(api.calls).toHaveLength(1);
	});

	test("no session in the meantime: the answer stands", async () => {
		let answer: (() => void) | undefined;
		await using api = await startApi({
			answer: (_, out) => {
				answer = () => out.writeHead(401).end("no");
			},
		});
		const pending = createAuthFetch(api.auth)(`${api.origin}/a`);
		await expect.poll(() => answer).toBeDefined();
		await api.auth.signOut();
		answer?.();
		const response = await pending;
		expect(response.status).toBe(401);
		expect(await response.text()).toBe("no");
		expect(api.refreshes).toBe(0);
	});
});

describe("the body of a replay", () => {
	const form = () => {
		const data = new FormData();
		data.set("name", "value");
		data.set("file", new File(["content"], "a.txt"));
		return data;
	};
	const bodies: [
		kind: string,
		body: () => BodyInit,
		sent: RegExp,
		type: RegExp,
	][] = [
		["a string", () => "text", /^text$/, /^text\/plain/],
		["an empty string", () => "", /^$/, /^text\/plain/],
		[
			"an ArrayBuffer",
			() => new TextEncoder().encode("bytes").buffer,
			/^bytes$/,
			/^undefined$/,
		],
		[
			"a view",
			() => new TextEncoder().encode("-bytes-").subarray(1, 6),
			/^bytes$/,
			/^undefined$/,
		],
		[
			"a DataView",
			() => new DataView(new TextEncoder().encode("bytes").buffer),
			/^bytes$/,
			/^undefined$/,
		],
		["a Node.js Buffer", () => Buffer.from("bytes"), /^bytes$/, /^undefined$/],
		[
			"a Blob",
			() => new Blob(["blob"], { type: "text/x" }),
			/^blob$/,
			/^text\/x$/,
		],
		[
			"a File",
			() => new File(["file"], "f", { type: "text/x" }),
			/^file$/,
			/^text\/x$/,
		],
		[
			"a form",
			form,
			/name="file"; filename="a.txt"[\s\S]*content/,
			/^multipart\/form-data; boundary=/,
		],
		[
			"URL parameters",
			() => new URLSearchParams({ a: "b c" }),
			/^a=b\+c$/,
			/^application\/x-www-form-urlencoded/,
		],
	];

	test.each(bodies)("is sent again: %s", async (_, body, sent, type) => {
		await using api = await startApi();
		for (const send of [
			() =>
				createAuthFetch(api.auth)(`${api.origin}/a`, {
					method: "POST",
					body: body(),
				}),
			() =>
				createAuthFetch(api.auth)(
					new Request(`${api.origin}/a`, { method: "POST", body: body() }),
				),
		]) {
			api.loseToken();
			expect((await send()).status).toBe(200);
		}
		expect(api.calls).toHaveLength(4);
		for (const call of api.calls) {
			expect(call.body).toMatch(sent);
			expect(String(call.headers["content-type"])).toMatch(type);
			expect(call.headers["transfer-encoding"]).toBeUndefined();
		}
	});

	const stream = () =>
		new ReadableStream({
			start(controller) {
				controller.enqueue(new TextEncoder().encode("streamed"));
				controller.close();
			},
		});
	async function* iterable() {
		yield new TextEncoder().encode("streamed");
	}

	test.each([
		["a stream", stream],
		["an async iterable", iterable as never as () => BodyInit],
	])(
		"B86 %s is sent once; the 401 comes back unread, and the session renews",
		async (_, body) => {
			await using api = await startApi();
			const authFetch = createAuthFetch(api.auth);
			api.loseToken();
			const init = {
				method: "POST",
				body: body(),
				duplex: "half",
			} as RequestInit;
			const response = await authFetch(`${api.origin}/a`, init);
			expect(response.status).toBe(401);
			expect(response.bodyUsed).toBe(false);
			expect(await response.text()).toBe("no");
			expect(api.calls.map((call) => call.body)).toEqual(["streamed"]);
			await expect.poll(() => api.auth.state.generation).toBe(2);
			const again = {
				method: "POST",
				body: body(),
				duplex: "half",
			} as RequestInit;
			expect((await authFetch(`${api.origin}/a`, again)).status).toBe(200);
		},
	);

	test("B87 of a Request is kept, and the Request is marked used as fetch does", async () => {
		await using api = await startApi();
		const authFetch = createAuthFetch(api.auth);
		const request = () =>
			new Request(`${api.origin}/a?b`, {
				method: "PATCH",
				body: "body",
				headers: { "content-type": "text/x", a: "b" },
			});
		const first = request();
		const pending = authFetch(first);
		expect(first.bodyUsed).toBe(true);
		expect((await pending).status).toBe(200);
		await expect(authFetch(first)).rejects.toThrow(TypeError);
		api.loseToken();
		expect(await (await authFetch(request())).text()).toBe("PATCH /a?b body");
		expect(api.calls.at(-1)).toMatchObject({
			method: "PATCH",
			headers: { "content-type": "text/x", a: "b", [tokenHeader]: api.good },
		});
	});

	test("B87 a Request's other members go along with the replay", async () => {
		await using api = await startApi();
		const sent: Request[] = [];
		const authFetch = createAuthFetch(api.auth, {
			fetch: (input, init) => {
				const request = new Request(input, init);
				sent.push(request);
				return fetch(request);
			},
		});
		api.loseToken();
		const members = {
			method: "POST",
			credentials: "omit",
			cache: "no-cache",
			redirect: "error",
			keepalive: true,
		} as const;
		const url = `${api.origin}/a`;
		await authFetch(new Request(url, { ...members, body: "x" }));
		expect(sent).toHaveLength(2);
		for (const request of sent)
			expect(request).toMatchObject({ url, ...members });
	});

	test("B87 B120 a Request goes again as what it is, with what only its own class knows of it", async () => {
		await using api = await startApi();
		let dispatched = 0;
		class Gateway extends undici.Agent {
			override dispatch(...given: Parameters<undici.Agent["dispatch"]>) {
				dispatched++;
				return super.dispatch(...given);
			}
		}
		const dispatcher = new Gateway();
		const authFetch = createAuthFetch(api.auth, {
			fetch: undici.fetch as never,
		});
		for (const body of [undefined, "x"]) {
			api.loseToken();
			dispatched = 0;
			const request = new undici.Request(`${api.origin}/a`, {
				method: "PUT",
				dispatcher,
				...(body && { body }),
			});
			const response = await authFetch(request as never);
			expect(await response.text()).toBe(`PUT /a ${body ?? ""}`);
			expect(dispatched).toBe(2);
		}
		await dispatcher.close();
	});

	test("B87 B94 an init member that is undefined takes nothing from a Request, neither at a replay nor behind a redirect", async () => {
		const abort = new AbortController();
		await using api = await startApi({
			answer: (seen, out) =>
				seen.path === "/from"
					? void out.writeHead(307, { location: "/to" }).end()
					: void out.end(`${seen.method} ${seen.path} ${seen.body}`),
		});
		const sent: Request[] = [];
		const authFetch = createAuthFetch(api.auth, {
			fetch: (input, init) => {
				const request = new Request(input, init);
				sent.push(request.clone());
				return fetch(request);
			},
		});
		const names = "method body signal credentials cache redirect keepalive";
		const init = Object.fromEntries(
			names.split(" ").map((name) => [name, undefined]),
		) as RequestInit;
		for (const path of ["/a", "/from"]) {
			if (path === "/a") api.loseToken();
			const request = new Request(api.origin + path, {
				method: "PUT",
				body: "x",
				credentials: "omit",
				cache: "no-cache",
				signal: abort.signal,
			});
			const response = await authFetch(request, init);
			expect(await response.text()).toMatch(/^PUT .* x$/);
		}
		abort.abort();
		expect(sent).toHaveLength(4);
		for (const { method, credentials, cache, signal } of sent)
			expect({ method, credentials, cache, aborted: signal.aborted }).toEqual({
				method: "PUT",
				credentials: "omit",
				cache: "no-cache",
				aborted: true,
			});
	});

	test("the body of a Request is copied only where it may be needed again", async () => {
		await using api = await startApi();
		const copies = async (init?: AuthRequestInit) => {
			const request = new Request(`${api.origin}/a`, {
				method: "POST",
				body: "x",
			});
			const clone = vi.spyOn(request, "clone");
			expect((await createAuthFetch(api.auth)(request, init)).status).toBe(200);
			return clone.mock.calls.length;
		};
		expect(await copies()).toBe(1);
		expect(await copies({ replay: false })).toBe(0);
		expect(await copies({ auth: "anonymous" as const }).catch(() => 0)).toBe(0);
	});

	test("B86 a Request that is not to be replayed is not copied, and its 401 comes back unread", async () => {
		await using api = await startApi();
		api.loseToken();
		const request = new Request(`${api.origin}/a`, {
			method: "POST",
			body: stream(),
			duplex: "half",
		} as RequestInit);
		const tee = vi.spyOn(ReadableStream.prototype, "tee");
		const response = await createAuthFetch(api.auth)(request, {
			replay: false,
		});
		expect(tee).not.toHaveBeenCalled();
		tee.mockRestore();
		expect([response.status, await response.text()]).toEqual([401, "no"]);
		expect(api.calls.map((call) => call.body)).toEqual(["streamed"]);
	});

	test("the source of a Request's stream hears of it when the request fails", async () => {
		await using api = await startApi();
		let cancelled: unknown;
		const request = new Request(`${api.origin}/a`, {
			method: "POST",
			duplex: "half",
			body: new ReadableStream({
				cancel(reason) {
					cancelled = reason ?? "without reason";
				},
			}),
		} as RequestInit);
		const abort = new AbortController();
		const pending = createAuthFetch(api.auth)(request, {
			signal: abort.signal,
		});
		abort.abort(new Error("mine"));
		await expect(pending).rejects.toThrow("mine");
		await expect.poll(() => cancelled).toBeDefined();
	});

	test("B88 keeps the caller's Idempotency-Key", async () => {
		await using api = await startApi();
		api.loseToken();
		await createAuthFetch(api.auth)(`${api.origin}/a`, {
			method: "POST",
			body: "x",
			headers: { "Idempotency-Key": "k1" },
		});
		expect(api.calls.map(({ headers }) => headers["idempotency-key"])).toEqual([
			"k1",
			"k1",
		]);
	});

	test("B88 a failing network and a 5xx are never replayed", async () => {
		await using api = await startApi({
			answer: (seen, out) => {
				if (seen.path === "/broken") out.destroy();
				else out.writeHead(503).end();
			},
		});
		const authFetch = createAuthFetch(api.auth);
		const init = { method: "POST", body: "x" };
		expect((await authFetch(`${api.origin}/down`, init)).status).toBe(503);
		await expect(authFetch(`${api.origin}/broken`, init)).rejects.toThrow(
			TypeError,
		);
		expect(api.calls).toHaveLength(2);
	});
});

describe("a protocol that judges by the body", () => {
	const judging = {
		description: {
			judge: ({ status, body }: { status: number; body?: string }) =>
				status >= 400 &&
				(body === undefined ? ("needs-body" as const) : body.includes("token")),
		},
	};
	const chunk = new Uint8Array(40_000).fill(32);

	test("replays when it says so, and hands other answers over unread", async () => {
		await using api = await startApi({
			...judging,
			answer: (seen, out) => {
				if (api.calls.length === 1) out.writeHead(400).end("token gone");
				else out.writeHead(seen.path === "/missing" ? 404 : 200).end("said");
			},
		});
		const authFetch = createAuthFetch(api.auth);
		expect((await authFetch(`${api.origin}/a`)).status).toBe(200);
		const missing = await authFetch(`${api.origin}/missing`);
		expect(missing.bodyUsed).toBe(false);
		expect(await missing.text()).toBe("said");
		expect(api.refreshes).toBe(1);
	});

	test("B98 reads no more than 64 KiB of it, and the caller still gets all", async () => {
		let pulled = 0;
		await using api = await startApi(judging);
		const authFetch = createAuthFetch(api.auth, {
			fetch: async () =>
				new Response(
					new ReadableStream(
						{
							pull(controller) {
								if (++pulled > 5) controller.close();
								else controller.enqueue(chunk);
							},
						},
						{ highWaterMark: 0 },
					),
					{ status: 400 },
				),
		});
		const response = await authFetch(`${api.origin}/a`);
		// the one that breaks the limit, and one that the copy of the body reads ahead
		expect(pulled).toBeLessThanOrEqual(3);
		expect((await response.text()).length).toBe(5 * chunk.length);
	});

	test("gives the answer over when its body does not come to an end in time", async () => {
		vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
		try {
			await using api = await startApi(judging);
			const authFetch = createAuthFetch(api.auth, {
				fetch: async () => new Response(new ReadableStream(), { status: 400 }),
			});
			const pending = authFetch(`${api.origin}/a`);
			await vi.advanceTimersByTimeAsync(5_000);
			expect((await pending).status).toBe(400);
		} finally {
			vi.useRealTimers();
		}
	});

	test("B5 gives the answer over when its body breaks, and the caller finds out", async () => {
		await using api = await startApi({
			...judging,
			answer: (_, out) => {
				out.writeHead(400, { "content-length": "100" });
				out.write("half");
				setImmediate(() => out.destroy());
			},
		});
		const response = await createAuthFetch(api.auth)(`${api.origin}/a`);
		expect(response.status).toBe(400);
		await expect(response.text()).rejects.toThrow();
		expect(api.refreshes).toBe(0);
	});
});

describe("a sliding session", () => {
	test("B27 is extended by accepted requests only", async () => {
		await using api = await startApi({
			description: { isSliding: true },
			answer: (seen, out) =>
				void out.writeHead(seen.path === "/good" ? 200 : 404).end(),
		});
		let nowMs = 1_000;
		const auth = createAuth({
			protocol: api.protocol,
			platform: {
				...webPlatform(),
				nowMs: () => nowMs,
				monotonicMs: () => nowMs,
			},
		});
		await auth.signIn();
		const authFetch = createAuthFetch(auth);
		const receivedAtMs = () =>
			"session" in auth.state && auth.state.session.receivedAtMs;
		const before = receivedAtMs();
		nowMs += 900_000;
		await authFetch(`${api.origin}/bad`);
		expect(receivedAtMs()).toBe(before);
		await authFetch(`${api.origin}/good`);
		expect(receivedAtMs()).toBe(900_000);
		auth.close();
	});
});
