import { inspect } from "node:util";
import { authOptions, withAuth } from "@keyturn/ky";
import ky, {
	type AfterResponseHook,
	HTTPError,
	isTimeoutError,
	type KyInstance,
	replaceOption,
} from "ky";
import { describe, expect, test, vi } from "vitest";
import {
	type Api,
	type ApiOptions,
	startApi,
	tokenHeader,
	tokenMark,
} from "../../fetch/test/api.ts";

async function start(
	options: ApiOptions = {},
): Promise<Api & { client: KyInstance }> {
	const api = await startApi(options);
	const client = ky.create({ baseUrl: api.origin }).extend(withAuth(api.auth));
	return Object.defineProperty(api, "client", { value: client }) as never;
}

const tokensOf = (api: Api) =>
	api.calls.map(({ headers }) => headers[tokenHeader]);

describe("the token", () => {
	test("goes along with every method, body and address that ky can make", async () => {
		await using api = await start();
		const { client } = api;
		expect(await client("a").text()).toBe("GET /a ");
		expect(await client.post("a", { json: { b: 1 } }).text()).toBe(
			'POST /a {"b":1}',
		);
		expect(
			await client
				.put("a?x=1", { body: "text", searchParams: { y: 2 } })
				.text(),
		).toBe("PUT /a?x=1&y=2 text");
		expect(
			await client.patch("a", { body: new URLSearchParams({ a: "b" }) }).text(),
		).toBe("PATCH /a a=b");
		expect((await client.head("a")).status).toBe(200);
		expect(await client.delete(new URL(`${api.origin}/a`)).text()).toBe(
			"DELETE /a ",
		);
		expect(
			await client(
				new Request(`${api.origin}/a`, { method: "POST", body: "r" }),
			).text(),
		).toBe("POST /a r");
		const prefixed = ky
			.create({ prefix: `${api.origin}/v1/` })
			.extend(withAuth(api.auth));
		expect(await prefixed.get("a").text()).toBe("GET /v1/a ");
		expect(new Set(tokensOf(api))).toEqual(new Set([api.good]));
	});

	test("goes nowhere else", async () => {
		await using api = await start();
		await expect(api.client(`${api.alias}/open/a`).text()).resolves.toBe(
			"GET /open/a ",
		);
		expect(tokensOf(api)).toEqual([undefined]);
	});

	test("B91 is the current one on ky's own retries", async () => {
		const seen: number[] = [];
		await using api = await start({
			answer: (_, out) =>
				void out.writeHead(api.calls.length < 3 ? 503 : 200).end("ok"),
		});
		const text = await api.client
			.get("a", {
				retry: { limit: 2, delay: () => 1 },
				hooks: {
					beforeRetry: [
						async ({ retryCount }) => {
							seen.push(retryCount);
							await api.auth.refresh();
						},
					],
				},
			})
			.text();
		expect(text).toBe("ok");
		expect(seen).toEqual([1, 2]);
		expect(tokensOf(api)).toEqual(
			[1, 2, 3].map((count) => `${tokenMark}a${count}`),
		);
	});

	test("B90 is left out when the caller sets the header, in a hook or as an option", async () => {
		await using api = await start();
		const hook = api.client.extend({
			hooks: {
				beforeRequest: [
					({ request }) => request.headers.set(tokenHeader, "mine"),
				],
			},
		});
		for (const send of [
			() => hook("a"),
			() => api.client("a", { headers: { [tokenHeader]: "mine" } }),
		]) {
			const error: unknown = await send().catch((reason: unknown) => reason);
			expect(error).toBeInstanceOf(HTTPError);
		}
		expect(tokensOf(api)).toEqual(["mine", "mine"]);
		expect(api.refreshes).toBe(0);
	});

	test("never shows up in what hooks and errors get to see", async () => {
		await using api = await start({
			answer: (_, out) => void out.writeHead(404).end("{}"),
		});
		const shown: unknown[] = [];
		const keep = (state: unknown) => void shown.push(state);
		const error: unknown = await api.client
			.extend({
				hooks: {
					init: [keep],
					beforeRequest: [keep],
					beforeRetry: [keep],
					afterResponse: [keep],
					beforeError: [
						({ error }) => {
							keep(error);
							return error;
						},
					],
				},
			})
			.get("a", { retry: { limit: 1, statusCodes: [404], delay: () => 1 } })
			.catch((reason: unknown) => reason);
		shown.push(error, (error as HTTPError).request);
		expect(shown.length).toBeGreaterThan(6);
		for (const value of shown)
			expect(inspect(value, { depth: 9, showHidden: true })).not.toContain(
				tokenMark,
			);
	});
});

describe("a rejected token", () => {
	test("is replayed with retry: 0, at once, without ky noticing", async () => {
		await using api = await start();
		const counts: number[] = [];
		const kyDelayMs = 60_000;
		const started = performance.now();
		const afterResponse: AfterResponseHook = ({ retryCount, response }) =>
			void counts.push(retryCount, response.status);
		for (const limit of [0, 2]) {
			api.loseToken();
			const text = await api.client
				.post("a", {
					json: { b: 1 },
					retry: { limit, delay: () => kyDelayMs },
					hooks: { afterResponse: [afterResponse] },
				})
				.text();
			expect(text).toBe('POST /a {"b":1}');
		}
		expect(performance.now() - started).toBeLessThan(kyDelayMs);
		expect(counts).toEqual([0, 200, 0, 200]);
		expect(api.calls).toHaveLength(4);
	});

	test("does not spend ky's attempts: all of them are left for what fails then", async () => {
		const statuses = [503, 503, 200];
		await using api = await start({
			answer: (_, out) => void out.writeHead(statuses.shift() ?? 500).end("ok"),
		});
		api.loseToken();
		const text = await api.client
			.get("a", { retry: { limit: 2, delay: () => 1 } })
			.text();
		expect(text).toBe("ok");
		expect(api.calls).toHaveLength(4);
	});

	test("B40 fifty requests at once cost one refresh", async () => {
		await using api = await start();
		api.loseToken();
		const texts = await Promise.all(
			Array.from({ length: 50 }, (_, index) =>
				api.client.post("a", { body: `${index}` }).text(),
			),
		);
		expect(texts).toEqual(
			Array.from({ length: 50 }, (_, index) => `POST /a ${index}`),
		);
		expect(api.refreshes).toBe(1);
	});

	test("B22 that stays rejected becomes ky's HTTPError, with the status and the body of the last answer", async () => {
		await using api = await start({
			answer: (_, out) =>
				void out
					.writeHead(401, { "content-type": "application/json" })
					.end('{"why":"because"}'),
		});
		const error: unknown = await api.client
			.get("a")
			.catch((reason: unknown) => reason);
		expect(error).toBeInstanceOf(HTTPError);
		expect((error as HTTPError).response.status).toBe(401);
		expect((error as HTTPError).data).toEqual({ why: "because" });
		expect(api.calls).toHaveLength(2);
		const response = await api.client.get("a", { throwHttpErrors: false });
		expect([response.status, await response.json()]).toEqual([
			401,
			{ why: "because" },
		]);
	});

	test("B86 of a body that streams is not replayed when the request says so, and nothing is copied", async () => {
		await using api = await start();
		api.loseToken();
		const options = () => ({
			body: new Blob(["streamed"]).stream(),
			retry: 0,
			...authOptions({ replay: false }),
		});
		const tee = vi.spyOn(ReadableStream.prototype, "tee");
		const error: unknown = await api.client
			.post("a", options())
			.catch((reason: unknown) => reason);
		expect((error as HTTPError).response.status).toBe(401);
		expect(tee).not.toHaveBeenCalled();
		tee.mockRestore();
		expect(api.calls.map((call) => call.body)).toEqual(["streamed"]);
		await expect.poll(() => api.auth.state.generation).toBe(2);
		expect(await api.client.post("a", options()).text()).toBe(
			"POST /a streamed",
		);
	});

	test("of a body that streams is replayed otherwise: ky gives it as a Request, and that is kept", async () => {
		await using api = await start();
		api.loseToken();
		const body = new Blob(["streamed"]).stream();
		expect(await api.client.post("a", { body }).text()).toBe(
			"POST /a streamed",
		);
	});

	test("a refresh that fails is an AuthError, which ky hands through and does not retry", async () => {
		await using api = await start({
			// also for the sign-in, which is answered
			refresh: { deadlineMs: 3_000, minIntervalMs: 0 },
		});
		api.loseToken();
		api.onRefresh = () => {};
		const retries: unknown[] = [];
		const error: unknown = await api.client
			.get("a", {
				hooks: { beforeRetry: [(state) => void retries.push(state)] },
			})
			.catch((reason: unknown) => reason);
		expect(error).toMatchObject({ name: "AuthError", code: "timeout" });
		expect(retries).toEqual([]);
	});
});

describe("ky's own promises", () => {
	test("its timeout counts the wait for a refresh, and the refresh goes on", async () => {
		await using api = await start();
		api.loseToken();
		let release: (() => void) | undefined;
		api.onRefresh = (_, out) => {
			release = () => out.end(JSON.stringify({ access: "x", refresh: "y" }));
		};
		const error: unknown = await api.client
			.get("a", { timeout: 3_000, retry: 0 })
			.catch((reason: unknown) => reason);
		expect(isTimeoutError(error)).toBe(true);
		await expect.poll(() => release).toBeDefined();
		expect(api.auth.state.status).toBe("refreshing");
		release?.();
		await expect.poll(() => api.auth.state.status).toBe("authenticated");
	});

	test("its signal frees the caller with the caller's reason", async () => {
		await using api = await start();
		api.loseToken();
		const abort = new AbortController();
		api.onRefresh = (_, out) => {
			abort.abort(new Error("mine"));
			out.end(JSON.stringify({ access: "x", refresh: "y" }));
		};
		await expect(api.client.get("a", { signal: abort.signal })).rejects.toThrow(
			"mine",
		);
	});

	test("B92 the application's own 401 handling works as without the adapter", async () => {
		await using api = await start({ isSignedIn: false });
		const statuses: number[] = [];
		const client = api.client.extend({
			hooks: {
				afterResponse: [
					async ({ response, retryCount }) => {
						statuses.push(response.status);
						if (response.status !== 401 || retryCount > 0) return;
						await api.auth.signIn();
						return ky.retry({ delay: 0 });
					},
				],
			},
		});
		expect(await client.get("a").text()).toBe("GET /a ");
		expect(statuses).toEqual([401, 200]);
		expect(tokensOf(api)).toEqual([undefined, api.good]);
	});

	test("B92 a hook may ask for a retry of what was rejected for good", async () => {
		let left = 2;
		await using api = await start({
			answer: (_, out) => void out.writeHead(left-- > 0 ? 401 : 200).end("ok"),
		});
		const client = api.client.extend({
			hooks: {
				afterResponse: [
					({ response }) =>
						response.status === 401 ? ky.retry({ delay: 0 }) : undefined,
				],
			},
		});
		expect(await client.get("a").text()).toBe("ok");
		expect(api.calls).toHaveLength(3);
	});

	test("progress of uploads and downloads is told", async () => {
		await using api = await start();
		api.loseToken();
		const told: string[] = [];
		const text = await api.client
			.post("a", {
				body: "x".repeat(1_000),
				onUploadProgress: ({ percent }) => void told.push(`up ${percent}`),
				onDownloadProgress: ({ percent }) => void told.push(`down ${percent}`),
			})
			.text();
		expect(text).toBe(`POST /a ${"x".repeat(1_000)}`);
		expect(told).toContain("up 1");
		expect(told).toContain("down 1");
	});

	test("redirects carry the token within the API", async () => {
		await using api = await start({
			answer: (seen, out) =>
				seen.path === "/from"
					? void out.writeHead(307, { location: "/to" }).end()
					: void out.end(`${seen.method} ${seen.path} ${seen.body}`),
		});
		const response = await api.client.post("from", { json: [1] });
		expect([response.redirected, response.url]).toEqual([
			true,
			`${api.origin}/to`,
		]);
		expect(await response.text()).toBe("POST /to [1]");
	});

	test("unknown options reach the fetch below", async () => {
		await using api = await start();
		let init: unknown;
		const client = api.client.extend({
			fetch: async (_, given) => {
				init = given;
				return new Response("{}");
			},
		});
		await client.get("a", {
			priority: "high",
			next: { revalidate: 1 },
		} as object);
		expect(init).toMatchObject({ priority: "high", next: { revalidate: 1 } });
	});
});

describe("extend", () => {
	const counting = () => {
		const inputs: unknown[] = [];
		return {
			inputs,
			fetch: (input: string | URL | Request, init?: RequestInit) => {
				inputs.push(input);
				return fetch(input, init);
			},
		};
	};

	test("keeps the application's own fetch below it", async () => {
		await using api = await start();
		const own = counting();
		const client = ky
			.create({ baseUrl: api.origin, fetch: own.fetch })
			.extend(withAuth(api.auth));
		api.loseToken();
		expect(await client.get("a").text()).toBe("GET /a ");
		expect(own.inputs).toHaveLength(2);
	});

	test("a fetch that is set later takes its place, and nothing carries the token", async () => {
		await using api = await start();
		const own = counting();
		await api.client.extend({ fetch: own.fetch }).get("open");
		await api.client.get("open", { fetch: own.fetch });
		expect(tokensOf(api)).toEqual([undefined, undefined]);
	});

	test("can be spread into other options", async () => {
		await using api = await start();
		const ran: string[] = [];
		const extension = withAuth(api.auth);
		const client = ky.create({
			baseUrl: api.origin,
			...extension,
			hooks: { beforeRequest: [() => void ran.push("hook")] },
		});
		expect(await client.get("a").text()).toBe("GET /a ");
		expect([ran, tokensOf(api)]).toEqual([["hook"], [api.good]]);
	});

	test("merges with the application's hooks in any order", async () => {
		await using api = await start();
		const ran: string[] = [];
		const hooks = (name: string) => ({
			hooks: {
				beforeRequest: [() => void ran.push(`${name} before`)],
				afterResponse: [() => void ran.push(`${name} after`)],
			},
		});
		const base = ky.create({ baseUrl: api.origin });
		for (const client of [
			base.extend(hooks("a")).extend(withAuth(api.auth)).extend(hooks("b")),
			base.extend(hooks("a")).extend(hooks("b")).extend(withAuth(api.auth)),
		]) {
			api.loseToken();
			expect(await client.get("a").text()).toBe("GET /a ");
		}
		expect(ran).toEqual([
			"a before",
			"b before",
			"a after",
			"b after",
			"a before",
			"b before",
			"a after",
			"b after",
		]);
	});

	test("twice with the same session changes nothing; with two sessions each signs its own API", async () => {
		await using one = await start();
		await using two = await start();
		const client = ky
			.extend(withAuth(one.auth))
			.extend(withAuth(two.auth))
			.extend(withAuth(one.auth));
		one.loseToken();
		two.loseToken();
		expect(await client.get(`${one.origin}/a`).text()).toBe("GET /a ");
		expect(await client.get(`${two.origin}/a`).text()).toBe("GET /a ");
		expect([one.refreshes, two.refreshes]).toEqual([1, 1]);
		expect([one.calls.length, two.calls.length]).toEqual([2, 2]);
	});

	test("stays when the hooks are replaced", async () => {
		await using api = await start();
		await api.client.extend({ hooks: replaceOption({}) }).get("a");
		expect(tokensOf(api)).toEqual([api.good]);
	});
});

describe("per request", () => {
	test("options say optional, required or anonymous", async () => {
		await using api = await start();
		await api.client.get("open", authOptions({ auth: "anonymous" }));
		await api.client.get("open", authOptions({ auth: "required" }));
		expect(tokensOf(api)).toEqual([undefined, api.good]);
		await api.auth.signOut();
		await api.client.get("open", authOptions({ auth: "optional" }));
		await expect(
			api.client.get("open", authOptions({ auth: "required" })),
		).rejects.toMatchObject({ code: "signed-out" });
		const base = ky.create({ baseUrl: api.origin });
		for (const strict of [
			base.extend(withAuth(api.auth, { auth: "required" })),
			base.extend(withAuth(api.auth)).extend(authOptions({ auth: "required" })),
		]) {
			await expect(strict.get("open")).rejects.toMatchObject({
				code: "signed-out",
			});
			await strict.get("open", authOptions({ auth: "optional" }));
		}
		await expect(
			api.client.get("open", { auth: "requierd" } as object),
		).rejects.toMatchObject({ code: "invalid-option", detail: "auth" });
	});

	test("options say that there is no replay", async () => {
		await using api = await start();
		api.loseToken();
		const response = await api.client.get("a", {
			throwHttpErrors: false,
			...authOptions({ replay: false }),
		});
		expect(response.status).toBe(401);
		expect(api.calls).toHaveLength(1);
	});

	test("they hold on ky's retries, too", async () => {
		await using api = await start({
			answer: (_, out) =>
				void out.writeHead(api.calls.length < 2 ? 503 : 200).end("ok"),
		});
		await api.client.get("open", {
			retry: { limit: 1, delay: () => 1 },
			...authOptions({ auth: "anonymous" }),
		});
		expect(tokensOf(api)).toEqual([undefined, undefined]);
	});
});
