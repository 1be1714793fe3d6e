/** Real tabs of real Chromium, and the server that they all talk to. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import {
	createOAuth2Authority,
	type OAuth2Authority,
	type OAuth2AuthorityOptions,
} from "@keyturn/testing";
import { serveHandler } from "@keyturn/testing/node";
import {
	type Chromium,
	chromiumFlags,
	findChromium,
} from "@keyturn/tooling/chromium";
import { build } from "esbuild";
import {
	type Browser,
	type BrowserContext,
	type CDPSession,
	chromium,
	type Page,
} from "playwright-core";
import type { PageDriver, PageOptions, PageView } from "./page.ts";

export interface Tab {
	readonly page: Page;
	readonly cdp: CDPSession;
	signIn(username?: string): Promise<string>;
	signOut(): Promise<unknown>;
	refresh(): Promise<number | string>;
	call(): Promise<number | string>;
	view(): Promise<PageView>;
	/** Waits until the page's own state is so. */
	reaches(status: string, generation?: number): Promise<void>;
	freeze(): Promise<void>;
	thaw(): Promise<void>;
	/** The renderer dies; nothing in the page runs any more. */
	kill(): Promise<void>;
}

export interface Bench extends AsyncDisposable {
	readonly authority: OAuth2Authority;
	readonly context: BrowserContext;
	readonly url: string;
	/** A tab whose application has read its store. */
	open(options?: PageOptions): Promise<Tab>;
	openMany(count: number, options?: PageOptions): Promise<Tab[]>;
	adopt(page: Page): Promise<Tab>;
	/** Every URL that any page asked for. */
	readonly urls: readonly string[];
}

export interface BenchOptions {
	readonly authority?: OAuth2AuthorityOptions;
	/** Members of the page's `window` and `navigator` that are taken away before its script runs. */
	readonly without?: readonly ("locks" | "BroadcastChannel" | "indexedDB")[];
	/** Default: a new one. */
	readonly context?: BrowserContext | undefined;
}

/** Animation frames, the default, do not come in hidden tabs. */
const byTimer = { polling: 20 };

let script: Promise<string> | undefined;

const pageScript = (): Promise<string> => {
	script ??= build({
		entryPoints: [join(import.meta.dirname, "page.ts")],
		bundle: true,
		write: false,
		format: "iife",
		target: "es2023",
		conditions: ["source"],
		logLevel: "silent",
	}).then(({ outputFiles }) => outputFiles[0]?.text ?? "");
	return script;
};

async function installed(): Promise<Chromium> {
	const found = await findChromium();
	if (!found) throw new Error("no Chromium on this machine");
	return found;
}

export async function launch(): Promise<Browser> {
	const found = await installed();
	return chromium.launch({
		executablePath: found.path,
		args: [...chromiumFlags],
		env: { ...process.env, ...found.env },
		// a page that goes back is to come out of the cache, as it does for users
		ignoreDefaultArgs: ["--disable-back-forward-cache"],
	});
}

/**
 * A browser whose pages can be frozen: playwright keeps the pages of its own contexts focused, and a focused page never
 * freezes. They share the one context that there is.
 */
export async function launchFreezable(): Promise<Browser & AsyncDisposable> {
	const found = await installed();
	const profile = await mkdtemp(join(tmpdir(), "keyturn-"));
	const child = spawn(
		found.path,
		[
			...chromiumFlags,
			"--headless",
			"--no-startup-window",
			"--remote-debugging-port=0",
			`--user-data-dir=${profile}`,
		],
		{
			env: { ...process.env, ...found.env },
			stdio: ["ignore", "ignore", "pipe"],
		},
	);
	const exited = once(child, "exit");
	let endpoint: string | undefined;
	for await (const line of createInterface({ input: child.stderr })) {
		endpoint = /^DevTools listening on (\S+)$/.exec(line)?.[1];
		if (endpoint) break;
	}
	if (!endpoint) throw new Error("Chromium did not start");
	child.stderr.resume();
	const browser = await chromium.connectOverCDP(endpoint, { noDefaults: true });
	return Object.assign(browser, {
		async [Symbol.asyncDispose]() {
			const session = await browser.newBrowserCDPSession();
			session.send("Browser.close").catch(() => {});
			const timer = setTimeout(() => child.kill("SIGKILL"), 3_000);
			await exited;
			clearTimeout(timer);
			await rm(profile, { recursive: true, force: true, maxRetries: 5 });
		},
	});
}

const html = (body: string): Response =>
	new Response(`<!doctype html><title>loading</title>${body}`, {
		headers: { "content-type": "text/html" },
	});

const cors = {
	"access-control-allow-origin": "*",
	"access-control-allow-headers": "*",
};

export async function openBench(
	browser: Browser,
	{ authority: options, without = [], context: given }: BenchOptions = {},
): Promise<Bench> {
	const authority = createOAuth2Authority(options);
	const text = await pageScript();
	const server = await serveHandler(async (request) => {
		const { pathname } = new URL(request.url);
		if (pathname === "/") return html('<script src="/page.js"></script>');
		if (pathname === "/empty") return html("");
		if (pathname === "/favicon.ico") return new Response(null, { status: 204 });
		if (pathname === "/page.js")
			return new Response(text, {
				headers: { "content-type": "text/javascript" },
			});
		if (request.method === "OPTIONS")
			return new Response(null, { status: 204, headers: cors });
		const answer = await authority.handler(request);
		for (const [name, value] of Object.entries(cors))
			answer.headers.set(name, value);
		return answer;
	});
	const context = given ?? (await browser.newContext());
	const urls: string[] = [];
	context.on("request", (request) => urls.push(request.url()));
	await context.addInitScript((names) => {
		for (const name of names)
			Object.defineProperty(
				name === "locks" ? Navigator.prototype : globalThis,
				name,
				{ value: undefined },
			);
	}, without);

	const adopt = async (page: Page): Promise<Tab> => {
		await page.waitForFunction(() => document.title === "ready", null, byTimer);
		const cdp = await context.newCDPSession(page);
		const ask = <Name extends "signOut" | "refresh" | "call">(name: Name) =>
			page.evaluate(
				(name) => window.keyturn[name](),
				name as Name,
			) as ReturnType<PageDriver[Name]>;
		return {
			page,
			cdp,
			signIn: (username) =>
				page.evaluate((name) => window.keyturn.signIn(name), username),
			signOut: () => ask("signOut"),
			refresh: () => ask("refresh"),
			call: () => ask("call"),
			view: () => page.evaluate(() => window.keyturn.view()),
			async reaches(status, generation) {
				await page.waitForFunction(
					([status, generation]) => {
						const view = window.keyturn.view();
						return (
							view.status === status &&
							(generation === undefined || view.generation === generation)
						);
					},
					[status, generation] as const,
					byTimer,
				);
			},
			async freeze() {
				await cdp.send("Page.setWebLifecycleState", { state: "frozen" });
			},
			async thaw() {
				await cdp.send("Page.setWebLifecycleState", { state: "active" });
			},
			async kill() {
				const gone = page.waitForEvent("crash");
				cdp.send("Page.crash").catch(() => {});
				await gone;
			},
		};
	};
	const open = async (options: PageOptions = {}): Promise<Tab> => {
		const page = await context.newPage();
		await page.goto(
			`${server.url}/#${encodeURIComponent(JSON.stringify(options))}`,
		);
		return adopt(page);
	};
	return {
		authority,
		context,
		url: server.url,
		urls,
		open,
		openMany: (count, options) =>
			Promise.all(Array.from({ length: count }, () => open(options))),
		adopt,
		async [Symbol.asyncDispose]() {
			if (!given) await context.close();
			await server.close();
		},
	};
}
