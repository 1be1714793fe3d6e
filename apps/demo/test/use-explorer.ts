/** The page as it is built, with its servers and a browser, for the tests of a file. */
import { launchChromium } from "@keyturn/tooling/chromium";
import type { Browser, BrowserContextOptions } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect } from "vitest";
import { type DemoServer, startDemo } from "./demo-server.ts";
import { type ExplorerPage, openExplorer } from "./explorer-page.ts";

export interface Stage {
	readonly demo: DemoServer;
	readonly browser: Browser;
	/** The caller closes it. */
	open(options?: BrowserContextOptions): Promise<ExplorerPage>;
}

export interface Visit extends Stage {
	readonly explorer: ExplorerPage;
}

/**
 * Servers that have forgotten the last test, for tests that open pages of their own.
 * @returns what the running test may use
 */
export function useDemo(): () => Stage {
	let demo: DemoServer;
	let browser: Browser;
	beforeAll(async () => {
		demo = await startDemo({ isBuilt: true });
		browser = await launchChromium();
	});
	afterAll(async () => {
		await browser?.close();
		await demo?.[Symbol.asyncDispose]();
	});
	beforeEach(() => demo.reset());
	return () => ({
		demo,
		browser,
		open: (options) => openExplorer(browser, demo.url, options),
	});
}

/**
 * And an explorer of its own for each test, with nothing uncaught in it.
 * @returns what the running test may use
 */
export function useExplorer(): () => Visit {
	const stage = useDemo();
	let explorer: ExplorerPage;
	beforeEach(async () => {
		explorer = await stage().open();
	});
	afterEach(async () => {
		const uncaught = explorer.said.filter((text) =>
			text.startsWith("uncaught"),
		);
		await explorer[Symbol.asyncDispose]();
		expect(uncaught).toEqual([]);
	});
	return () => ({ ...stage(), explorer });
}

/** Signed in at Oz, with fifty requests behind it that waited for a refresh. */
export async function openAfterBurst(
	{ open }: Stage,
	options?: BrowserContextOptions,
): Promise<ExplorerPage> {
	const explorer = await open(options);
	await explorer.open("api=oz");
	await explorer.signIn();
	await explorer.breakBy("Expire now", "lets the access token run out");
	await explorer.send(50);
	return explorer;
}
