import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, test } from "vitest";
import { refreshInRounds, worlds } from "./one-refresh.ts";
import { launch } from "./tabs.ts";

let browser: Browser;
beforeAll(async () => {
	browser = await launch();
});
afterAll(() => browser.close());

describe.each(worlds)("by $name", (world) => {
	test.each([2, 8, 20])(
		"B49 %i tabs refresh once when their token expires, 20 times in a row",
		(count) => refreshInRounds(browser, world, count, 20),
	);
});
