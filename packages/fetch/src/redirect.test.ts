import { createAuthFetch } from "@keyturn/fetch";
import { describe, expect, test } from "vitest";
import { type Api, startApi, tokenHeader, tokenMark } from "../test/api.ts";
import { type Loopback, type Seen, startLoopback } from "../test/loopback.ts";

/** Redirects `/<status>/<target>` to what `targets` says; everything else echoes. */
async function startRedirecting(
	targets: Record<string, string>,
): Promise<Api & { targets: Record<string, string> }> {
	const api = await startApi({
		answer(seen, out) {
			const [, status, name = ""] = /^\/(30\d)\/([^?]*)/.exec(seen.path) ?? [];
			const location = targets[name];
			if (status && location !== undefined)
				out.writeHead(Number(status), { location }).end("moved");
			else out.end(`${seen.method} ${seen.path} ${seen.body}`);
		},
	});
	return Object.defineProperty(api, "targets", { value: targets }) as never;
}

const startForeign = (
	answer: (seen: Seen) => [status: number, location: string] | undefined = () =>
		undefined,
): Promise<Loopback> =>
	startLoopback((seen, out) => {
		const moved = answer(seen);
		if (moved) out.writeHead(moved[0], { location: moved[1] }).end();
		else out.end(`foreign ${seen.method} ${seen.body}`);
	});

const init = (method: string): RequestInit => ({
	method,
	headers: {
		"content-type": "text/x",
		"content-language": "en",
		"x-mine": "1",
	},
	...(method !== "GET" && method !== "HEAD" && { body: "body" }),
});

describe("within the API", () => {
	test("the token goes along, and method and body follow the Fetch standard, for every status and method", async () => {
		await using api = await startRedirecting({ there: "/there?q#hash" });
		const authFetch = createAuthFetch(api.auth);
		for (const status of [301, 302, 303, 307, 308])
			for (const method of ["GET", "HEAD", "POST", "PUT", "DELETE"]) {
				const url = `${api.origin}/${status}/there`;
				const response = await authFetch(url, init(method));
				const ours = api.calls.at(-1);
				const native = await fetch(url, {
					...init(method),
					headers: { ...init(method).headers, [tokenHeader]: api.good },
				});
				const theirs = api.calls.at(-1);
				expect(ours).toEqual(theirs);
				expect(ours?.headers[tokenHeader]).toBe(api.good);
				expect(await response.text()).toBe(await native.text());
				for (const name of [
					"url",
					"redirected",
					"status",
					"type",
					"ok",
				] as const)
					expect([status, method, name, response[name]]).toEqual([
						status,
						method,
						name,
						native[name],
					]);
			}
	});

	test("a method in lower case is the one that fetch makes of it: a POST that was done is not done again", async () => {
		await using api = await startRedirecting({ there: "/there" });
		const authFetch = createAuthFetch(api.auth);
		for (const status of [301, 302, 303, 307])
			for (const method of ["post", "PoSt", "get", "head", "put"]) {
				const url = `${api.origin}/${status}/there`;
				const sent = {
					...init("GET"),
					method,
					...(/^p/i.test(method) && { body: "body" }),
				};
				await authFetch(url, sent);
				const ours = api.calls.at(-1);
				await fetch(url, {
					...sent,
					headers: { ...sent.headers, [tokenHeader]: api.good },
				});
				expect([status, method, ours]).toEqual([
					status,
					method,
					api.calls.at(-1),
				]);
			}
	});

	test("of the headers that begin with content- those go with a dropped body that go with fetch", async () => {
		await using api = await startRedirecting({ there: "/there" });
		const headers = Object.fromEntries(
			"type encoding language location disposition md5 range version digest"
				.split(" ")
				.map((name) => [`content-${name}`, "x"]),
		);
		const url = `${api.origin}/303/there`;
		const sent = { method: "POST", body: "body", headers };
		await createAuthFetch(api.auth)(url, sent);
		const ours = api.calls.at(-1);
		await fetch(url, {
			...sent,
			headers: { ...headers, [tokenHeader]: api.good },
		});
		expect(ours).toEqual(api.calls.at(-1));
		expect(ours?.headers["content-disposition"]).toBe("x");
	});

	test("a Request is followed as its init would be", async () => {
		await using api = await startRedirecting({ there: "/there" });
		const authFetch = createAuthFetch(api.auth);
		for (const [status, expected] of [
			[307, "POST /there body"],
			[303, "GET /there "],
		] as const) {
			const request = new Request(
				`${api.origin}/${status}/there`,
				init("POST"),
			);
			const response = await authFetch(request);
			expect(await response.text()).toBe(expected);
			expect(api.calls.at(-1)?.headers["content-type"]).toBe(
				status === 307 ? "text/x" : undefined,
			);
			expect(api.calls.at(-1)?.headers["x-mine"]).toBe("1");
		}
	});

	test("B87 a Request is followed over several hops and behind a replay, with its body and without", async () => {
		await using api = await startRedirecting({
			there: "/there",
			again: "/307/there",
			other: "/303/there",
			last: "/302/other",
		});
		const authFetch = createAuthFetch(api.auth);
		for (const isLost of [false, true])
			for (const [path, expected] of [
				["/307/again", "POST /there body"],
				["/307/other", "GET /there "],
				["/307/last", "GET /there "],
				["/303/again", "GET /there "],
			] as const) {
				if (isLost) api.loseToken();
				const request = new Request(api.origin + path, init("POST"));
				expect(await (await authFetch(request)).text()).toBe(expected);
			}
	});

	test("looks redirected, and so does its clone", async () => {
		await using api = await startRedirecting({ there: "/there" });
		const response = await createAuthFetch(api.auth)(`${api.origin}/302/there`);
		const clone = response.clone().clone();
		expect([response.redirected, clone.redirected]).toEqual([true, true]);
		expect(clone.url).toBe(`${api.origin}/there`);
		expect(await clone.text()).toBe(await response.text());
	});

	test("the body can be any kind that can be sent again", async () => {
		await using api = await startRedirecting({ there: "/there" });
		const authFetch = createAuthFetch(api.auth);
		const post = (body: BodyInit) =>
			authFetch(`${api.origin}/308/there`, { method: "POST", body });
		expect(await (await post(new URLSearchParams({ a: "b" }))).text()).toBe(
			"POST /there a=b",
		);
		expect(api.calls.at(-1)?.headers["content-type"]).toMatch(
			/^application\/x-www-form-urlencoded/,
		);
		expect(await (await post(Buffer.from("bytes"))).text()).toBe(
			"POST /there bytes",
		);
	});

	test("B86 a stream rejects as with fetch, except where the body is dropped anyway", async () => {
		await using api = await startRedirecting({ there: "/there" });
		const stream = () =>
			({
				method: "POST",
				duplex: "half",
				body: new Blob(["body"]).stream(),
			}) as RequestInit;
		const authFetch = createAuthFetch(api.auth);
		for (const status of [301, 302, 303, 307, 308]) {
			const url = `${api.origin}/${status}/there`;
			const outcome = (promise: Promise<Response>) =>
				promise.then(
					(response) => response.text(),
					(error: Error) => error.name,
				);
			const native = await outcome(
				fetch(url, { ...stream(), headers: { [tokenHeader]: api.good } }),
			);
			expect([status, await outcome(authFetch(url, stream()))]).toEqual([
				status,
				native,
			]);
		}
	});

	test("twenty hops are followed, the twenty-first is not", async () => {
		const targets: Record<string, string> = { loop: "/302/loop" };
		for (let left = 1; left <= 20; left++)
			targets[`in${left}`] = left === 1 ? "/end" : `/302/in${left - 1}`;
		await using api = await startRedirecting(targets);
		const authFetch = createAuthFetch(api.auth);
		const arrived = await authFetch(`${api.origin}/302/in20`);
		expect(await arrived.text()).toBe("GET /end ");
		const before = api.calls.length;
		await expect(authFetch(`${api.origin}/302/loop`)).rejects.toThrow(
			TypeError,
		);
		expect(api.calls.length - before).toBe(21);
	});

	test("an answer without Location, or that is no redirect, is handed over", async () => {
		await using api = await startApi({
			answer: (seen, out) =>
				void out.writeHead(Number(seen.path.slice(1)), { "x-a": "b" }).end(),
		});
		const authFetch = createAuthFetch(api.auth);
		for (const status of [300, 302, 304, 305, 307]) {
			const response = await authFetch(`${api.origin}/${status}`);
			expect([response.status, response.redirected]).toEqual([status, false]);
		}
	});

	test("redirect: manual and error mean what they mean to fetch", async () => {
		await using api = await startRedirecting({ there: "/there" });
		const authFetch = createAuthFetch(api.auth);
		const url = `${api.origin}/302/there`;
		const manual = await authFetch(url, { redirect: "manual" });
		expect([manual.status, manual.headers.get("location")]).toEqual([
			302,
			"/there",
		]);
		const request = new Request(url, { redirect: "manual" });
		expect((await authFetch(request)).status).toBe(302);
		await expect(authFetch(url, { redirect: "error" })).rejects.toThrow(
			TypeError,
		);
		await expect(
			authFetch(new Request(url, { redirect: "error" })),
		).rejects.toThrow(TypeError);
		expect((await authFetch(request, { redirect: "follow" })).status).toBe(200);
	});

	test("a 401 behind a redirect is replayed there, not from the start", async () => {
		await using api = await startRedirecting({ result: "/result" });
		const authFetch = createAuthFetch(api.auth, {
			async fetch(input, init) {
				const response = await fetch(input, init);
				if (response.status === 303) api.loseToken();
				return response;
			},
		});
		const response = await authFetch(`${api.origin}/303/result`, init("POST"));
		expect(await response.text()).toBe("GET /result ");
		expect(response.redirected).toBe(true);
		expect(api.calls.map(({ method, path }) => `${method} ${path}`)).toEqual([
			"POST /303/result",
			"GET /result",
			"GET /result",
		]);
		expect(api.refreshes).toBe(1);
	});

	test("an abort between two hops ends it with the caller's reason", async () => {
		await using api = await startRedirecting({ there: "/there" });
		const abort = new AbortController();
		const authFetch = createAuthFetch(api.auth, {
			async fetch(input, init) {
				const response = await fetch(input, init);
				if (response.status === 302) abort.abort(new Error("mine"));
				return response;
			},
		});
		await expect(
			authFetch(`${api.origin}/302/there`, { signal: abort.signal }),
		).rejects.toThrow("mine");
		expect(api.calls).toHaveLength(1);
	});
});

describe("B105 out of the API", () => {
	test("the token stays behind, whatever header carries it; the caller's other headers go along", async () => {
		await using foreign = await startForeign();
		for (const description of [
			{},
			{
				authorize: ({ access }: { access: string }) =>
					[["Authorization", `Bearer ${access}`]] as const,
			},
			{
				authorize: ({ access }: { access: string }) =>
					[
						["X-Forensic-Access-Token", access],
						["x-second", access],
					] as const,
				judge: () => false,
			},
		]) {
			await using api = await startApi({
				description,
				answer: (seen, out) =>
					void out
						.writeHead(Number(seen.path.slice(6)), { location: foreign.origin })
						.end(),
			});
			const authFetch = createAuthFetch(api.auth);
			for (const status of [301, 302, 303, 307, 308])
				for (const method of ["GET", "POST"]) {
					const response = await authFetch(
						`${api.origin}/open/${status}`,
						init(method),
					);
					expect(response.url).toBe(`${foreign.origin}/`);
					expect(await response.text()).toMatch(/^foreign/);
					const text = JSON.stringify(foreign.seen.at(-1));
					expect(text).not.toContain(tokenMark);
					expect(foreign.seen.at(-1)?.headers["x-mine"]).toBe("1");
				}
		}
		expect(foreign.seen.length).toBe(30);
	});

	test("the same machine under another name or port is another origin", async () => {
		await using api = await startRedirecting({});
		api.targets.alias = `${api.alias}/open`;
		const response = await createAuthFetch(api.auth)(`${api.origin}/302/alias`);
		expect(await response.text()).toBe("GET /open ");
		expect(api.calls.at(-1)?.headers[tokenHeader]).toBeUndefined();
	});

	test("a path outside the API's prefix gets no token, and one that climbs out of it neither", async () => {
		await using api = await startRedirecting({});
		const { createAuth, defineProtocol } = await import("@keyturn/core");
		const { webPlatform } = await import("@keyturn/fetch");
		const auth = createAuth({
			protocol: defineProtocol({
				name: "prefix",
				baseUrl: `${api.origin}/302`,
				signIn: { path: `${api.origin}/token` },
				read: ({ access }) => ({
					type: "ok",
					access: String(access),
					lifetimeMs: null,
				}),
				authorize: ({ access }) => [[tokenHeader, access]],
			}),
			platform: webPlatform(),
		});
		await auth.signIn();
		for (const target of [
			"/open",
			"../open",
			"/302/%2e%2e/open",
			"/302/..\\open",
		]) {
			api.targets.there = target;
			const response = await createAuthFetch(auth)(`${api.origin}/302/there`);
			expect(response.status).toBe(200);
			expect(api.calls.at(-1)?.headers[tokenHeader]).toBeUndefined();
		}
		auth.close();
	});

	test("a foreign server that sends the request back gets no token for it", async () => {
		await using api = await startRedirecting({});
		await using foreign = await startForeign(() => [
			302,
			`${api.origin}/open/deleted`,
		]);
		api.targets.out = foreign.origin;
		const response = await createAuthFetch(api.auth)(`${api.origin}/302/out`);
		expect(response.status).toBe(200);
		expect(api.calls.at(-1)).toMatchObject({ path: "/open/deleted" });
		expect(api.calls.at(-1)?.headers[tokenHeader]).toBeUndefined();
	});

	test("B25 a foreign 401 behind a redirect starts no refresh", async () => {
		await using foreign = await startLoopback(
			(_, out) => void out.writeHead(401).end("foreign"),
		);
		await using api = await startRedirecting({ out: foreign.origin });
		const response = await createAuthFetch(api.auth)(`${api.origin}/302/out`);
		expect([response.status, await response.text()]).toEqual([401, "foreign"]);
		expect(api.refreshes).toBe(0);
	});

	test("the caller's own credentials stay behind too, as with fetch", async () => {
		await using foreign = await startForeign();
		await using api = await startRedirecting({ out: foreign.origin });
		await createAuthFetch(api.auth)(`${api.origin}/302/out`, {
			headers: {
				authorization: "mine",
				"Proxy-Authorization": "mine",
				cookie: "a=b",
				"x-mine": "1",
			},
		});
		const { headers } = foreign.seen[0] as Seen;
		expect(headers).toMatchObject({ "x-mine": "1" });
		expect(Object.keys(headers)).not.toEqual(
			expect.arrayContaining([expect.stringMatching(/authorization|cookie/)]),
		);
	});

	test("addresses that fetch refuses are refused, without quoting them", async () => {
		await using api = await startRedirecting({});
		const authFetch = createAuthFetch(api.auth);
		for (const target of [
			"data:text/plain,secret",
			"blob:secret",
			"file:///secret",
			"ftp://secret/",
			"javascript:secret",
			"http://",
			`http://secret:secret@${api.origin.slice(7)}/open`,
		]) {
			api.targets.there = target;
			const error: unknown = await authFetch(`${api.origin}/302/there`).catch(
				(reason: unknown) => reason,
			);
			expect(error).toBeInstanceOf(TypeError);
			expect((error as Error).message).not.toMatch(/secret|127\.0/);
		}
	});
});

test("a bare request follows as fetch does, since it carries nothing", async () => {
	await using foreign = await startForeign();
	await using api = await startApi({
		isSignedIn: false,
		answer: (_, out) =>
			void out.writeHead(302, { location: foreign.origin }).end(),
	});
	const response = await createAuthFetch(api.auth)(`${api.origin}/open`);
	expect([response.redirected, response.url]).toEqual([
		true,
		`${foreign.origin}/`,
	]);
});
