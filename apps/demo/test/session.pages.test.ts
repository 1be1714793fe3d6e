/** The whole way in real Chromium, over real HTTP. More of it: `session.deep.test.ts`. */
import { launchChromium } from "@keyturn/tooling/chromium";
import type { Browser } from "playwright-core";
import {
	afterAll,
	afterEach,
	beforeAll,
	beforeEach,
	expect,
	test,
	vi,
} from "vitest";
import { type DemoServer, startDemo } from "./demo-server.ts";
import { type ExplorerPage, openExplorer } from "./explorer-page.ts";
import { beRefused, liveThrough } from "./session-life.ts";

vi.setConfig({ testTimeout: 90_000 });

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
	const uncaught = explorer.said.filter((text) => text.startsWith("uncaught"));
	await explorer[Symbol.asyncDispose]();
	expect(uncaught).toEqual([]);
});

test.each([
	["oz", "fetch"],
	["kazunion", "ky"],
] as const)(
	"%s through %s: sign in, fifty requests with an expired token, one refresh, sign out, nothing left",
	(api, adapter) => liveThrough(explorer, demo, api, adapter),
);

test("says what the API says about a wrong password, and no more", () =>
	beRefused(explorer, "oz"));
