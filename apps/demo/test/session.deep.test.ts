/** The pairs of API and adapter that `session.pages.test.ts` leaves out. */
import { launchChromium } from "@keyturn/tooling/chromium";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type DemoServer, startDemo } from "./demo-server.ts";
import { type ExplorerPage, openExplorer } from "./explorer-page.ts";
import { beRefused, liveThrough } from "./session-life.ts";

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

async function visit(
	way: (explorer: ExplorerPage) => Promise<void>,
): Promise<void> {
	await using explorer = await openExplorer(browser, demo.url);
	await way(explorer);
	expect(explorer.said.filter((text) => text.startsWith("uncaught"))).toEqual(
		[],
	);
}

test.each([
	["oz", "ky"],
	["kazunion", "fetch"],
	["oauth2", "ky"],
] as const)(
	"%s through %s: sign in, fifty requests with an expired token, one refresh, sign out, nothing left",
	(api, adapter) =>
		visit((explorer) => liveThrough(explorer, demo, api, adapter)),
);

test.each(["kazunion", "oauth2"] as const)(
	"%s: says what the API says about a wrong password, and no more",
	(api) => visit((explorer) => beRefused(explorer, api)),
);
