/** Where a browser differs from everybody else: base addresses, hidden redirects, offline, its own classes. */
import { join } from "node:path";
import { launchChromium } from "@keyturn/tooling/chromium";
import { build } from "esbuild";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Api, startApi, tokenHeader, tokenMark } from "./api.ts";
import { type Loopback, startLoopback } from "./loopback.ts";
import type { Setup } from "./page-entry.ts";

let browser: Browser;
let bundle: string;
beforeAll(async () => {
	const [started, { outputFiles }] = await Promise.all([
		launchChromium(),
		build({
			entryPoints: [join(import.meta.dirname, "page-entry.ts")],
			bundle: true,
			minify: true,
			conditions: ["source"],
			format: "iife",
			write: false,
		}),
	]);
	browser = started;
	bundle = outputFiles[0]?.text ?? "";
});
afterAll(() => browser?.close());

interface Place extends AsyncDisposable {
	readonly api: Api;
	readonly foreign: Loopback;
	readonly page: Page;
	/** Sends `path` with a fresh session. */
	send(path: string, init?: PlainInit, setup?: Partial<Setup>): Promise<Said>;
}
type PlainInit = Pick<RequestInit, "method" | "mode" | "redirect"> & {
	readonly body?: string;
};
interface Said {
	readonly text?: string;
	readonly error?: string;
	readonly url?: string;
	readonly type?: string;
	readonly redirected?: boolean;
}

const cors = {
	"access-control-allow-origin": "*",
	"access-control-allow-headers": "*, authorization",
	"access-control-allow-methods": "*",
};

/** A page at the API's own origin, so that it needs no permission to call. */
async function open(): Promise<Place> {
	// the attacker's server: everybody may call it with any header
	const foreign = await startLoopback((seen, out) =>
		out.writeHead(200, cors).end(`foreign ${seen.method}`),
	);
	const api = await startApi({
		answer(seen, out) {
			const [, status, to] =
				/^(?:\/open)?\/(30\d)\/(\w+)/.exec(seen.path) ?? [];
			if (seen.path === "/open/page/")
				out.writeHead(200, { "content-type": "text/html" }).end("<p>page</p>");
			else if (status)
				out
					.writeHead(Number(status), {
						...cors,
						location: to === "foreign" ? foreign.origin : `/${to}`,
					})
					.end();
			else out.end(`${seen.method} ${seen.path} ${seen.body}`);
		},
	});
	const page = await browser.newPage();
	await page.goto(`${api.origin}/open/page/`);
	await page.addScriptTag({ content: bundle });
	return {
		api,
		foreign,
		page,
		send: (path, init = {}, setup = {}) =>
			page.evaluate(
				async ([path, init, setup]) => {
					const { auth, authFetch } = await tools.open({
						baseUrl: location.origin,
						header: "custom",
						...setup,
					});
					try {
						const { url, type, redirected, ...response } = await authFetch(
							path,
							init,
						).then(async (answer) => ({
							url: answer.url,
							type: answer.type,
							redirected: answer.redirected,
							text: await answer.text(),
						}));
						return { url, type, redirected, ...response };
					} catch (error) {
						return { error: String(error) };
					} finally {
						auth.close();
					}
				},
				[path, init, setup] as const,
			),
		async [Symbol.asyncDispose]() {
			await page.close();
			await api[Symbol.asyncDispose]();
			await foreign[Symbol.asyncDispose]();
		},
	};
}

test("B95 B96 looks like the browser's fetch, and resolves relative URLs as it does", async () => {
	await using place = await open();
	const names = await place.page.evaluate(async () => {
		const { auth, authFetch } = await tools.open({
			baseUrl: location.origin,
			header: "custom",
		});
		auth.close();
		return [authFetch.name, authFetch.length, fetch.name, fetch.length];
	});
	expect(names).toEqual(["fetch", 1, "fetch", 1]);
	for (const [path, expected] of [
		["here", "/open/page/here"],
		["../up", "/open/up"],
		["/root?q", "/root?q"],
	] as const) {
		const said = await place.send(path);
		expect(said).toMatchObject({
			text: `GET ${expected} `,
			type: "basic",
			redirected: false,
		});
		expect(place.api.calls.at(-1)?.headers[tokenHeader]).toMatch(tokenMark);
	}
	await place.page.evaluate(() => {
		const base = document.createElement("base");
		base.href = "/based/";
		document.head.append(base);
	});
	expect(await place.send("x")).toMatchObject({ text: "GET /based/x " });
});

test("B22 B87 a rejected token is renewed and the request replayed, as init and as Request", async () => {
	await using place = await open();
	const texts = await place.page.evaluate(async () => {
		const { auth, authFetch } = await tools.open({
			baseUrl: location.origin,
			header: "custom",
		});
		const form = new FormData();
		form.set("a", "b");
		const url = `${location.origin}/a`;
		const texts: string[] = [];
		for (const send of [
			() => authFetch("/a", { method: "POST", body: "text" }),
			() => authFetch(new Request(url, { method: "POST", body: "request" })),
			() => authFetch("/a", { method: "POST", body: form }),
		]) {
			// somebody else signs in, which this API takes for the end of the older session
			await fetch("/token", { method: "POST" });
			texts.push(await (await send()).text());
		}
		auth.close();
		return texts;
	});
	expect(texts).toEqual([
		"POST /a text",
		"POST /a request",
		expect.stringMatching(/^POST \/a -+WebKit[\s\S]*name="a"/),
	]);
	expect(place.api.refreshes).toBe(3);
});

test("B105 a hidden redirect rejects by default, and reaches nobody", async () => {
	await using place = await open();
	for (const status of [301, 302, 303, 307, 308])
		for (const to of ["foreign", "there"]) {
			const { error } = await place.send(`/${status}/${to}`);
			expect(error).toBe("TypeError: Redirect hidden by the browser");
		}
	expect(place.foreign.seen).toEqual([]);
	expect(place.api.calls.some(({ path }) => path === "/there")).toBe(false);
});

test("B105 this is why: fetch itself carries a custom header to a foreign origin", async () => {
	await using place = await open();
	await place.page.evaluate(() =>
		fetch("/open/302/foreign", { headers: { "x-api-token": "leaks" } }),
	);
	expect(place.foreign.seen.at(-1)?.headers[tokenHeader]).toBe("leaks");
});

test("B105 with redirect: follow the browser follows, and leaves Authorization behind at another origin", async () => {
	await using place = await open();
	const setup = { header: "bearer", redirect: "follow" } as const;
	expect(await place.send("/302/there", {}, setup)).toMatchObject({
		text: "GET /there ",
		redirected: true,
	});
	expect(place.api.calls.at(-1)?.headers.authorization).toMatch(tokenMark);
	expect(
		await place.send("/307/foreign", { method: "POST", body: "x" }, setup),
	).toMatchObject({
		text: "foreign POST",
		redirected: true,
	});
	expect(JSON.stringify(place.foreign.seen)).not.toContain(tokenMark);
});

test("B94 mode: no-cors gives the opaque answer that fetch gives, without the token", async () => {
	await using place = await open();
	const { alias } = place.api;
	const setup = { baseUrl: alias } as const;
	for (const path of ["/open/a", "/open/302/there"])
		for (const init of [{}, { method: "POST", body: "x" }])
			expect(
				await place.send(alias + path, { mode: "no-cors", ...init }, setup),
			).toMatchObject({ type: "opaque", text: "" });
	const { calls } = place.api;
	expect(calls.filter(({ path }) => path === "/open/a")).toHaveLength(2);
	expect(JSON.stringify(calls)).not.toContain(tokenMark);
});

test("redirect: manual gives the opaque answer that fetch gives", async () => {
	await using place = await open();
	expect(await place.send("/302/there", { redirect: "manual" })).toMatchObject({
		type: "opaqueredirect",
		text: "",
	});
});

test("B1 offline, a token request certainly never left", async () => {
	await using place = await open();
	await place.page.context().setOffline(true);
	const codes = await place.page.evaluate(async () => {
		const request = {
			method: "POST",
			url: `${location.origin}/token`,
			headers: [],
			body: null,
		};
		const failed = (error: { code?: string; name: string }) =>
			error.code ?? error.name;
		return tools
			.webPlatform()
			.send(request)
			.then(() => "sent", failed);
	});
	expect(codes).toBe("unavailable");
});

test("B29 a redirected token request is a bad response, though the browser hides it", async () => {
	await using place = await open();
	const code = await place.page.evaluate(() =>
		tools
			.webPlatform()
			.send({
				method: "POST",
				url: `${location.origin}/open/302/foreign`,
				headers: [],
				body: null,
			})
			.then(
				() => "sent",
				(error: { code?: string }) => error.code,
			),
	);
	expect(code).toBe("bad-response");
	expect(place.foreign.seen).toEqual([]);
});
