/** An explorer of its own for each test of a file, on the page as it is built, with fresh servers, and nothing uncaught in it. */
import { launchChromium } from "@keyturn/tooling/chromium";
import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect } from "vitest";
import { type DemoServer, startDemo } from "./demo-server.ts";
import { type ExplorerPage, openExplorer } from "./explorer-page.ts";

export interface Visit {
	readonly demo: DemoServer;
	readonly browser: Browser;
	readonly explorer: ExplorerPage;
}

/** @returns what the running test may use */
export function useExplorer(): () => Visit {
	let demo: DemoServer;
	let browser: Browser;
	let explorer: ExplorerPage;
	beforeAll(async () => {
		demo = await startDemo({ isBuilt: true });
		browser = await launchChromium();
	});
	afterAll(async () => {
		await browser?.close();
		await demo?.[Symbol.asyncDispose]();
	});
	beforeEach(async () => {
		await demo.reset();
		explorer = await openExplorer(browser, demo.url);
	});
	afterEach(async () => {
		const uncaught = explorer.said.filter((text) =>
			text.startsWith("uncaught"),
		);
		await explorer[Symbol.asyncDispose]();
		expect(uncaught).toEqual([]);
	});
	return () => ({ demo, browser, explorer });
}
