/** Real tabs of real Chromium, and the server that they all talk to. */
import { join } from "node:path";
import {
	createOAuth2Authority,
	type OAuth2Authority,
	type OAuth2AuthorityOptions,
} from "@keyturn/testing";
import { serveHandler } from "@keyturn/testing/node";
import { build } from "esbuild";
import type {
	Browser,
	BrowserContext,
	CDPSession,
	Page,
} from "playwright-core";
import { expect } from "vitest";
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

/** Waits until the server has so many refreshes, or more, under way or behind it. */
export async function asked(
	{ authority }: Bench,
	requests: number,
): Promise<void> {
	await expect
		.poll(() => authority.counters.refreshRequests, {
			interval: 10,
		})
		.toBeGreaterThanOrEqual(requests);
}
