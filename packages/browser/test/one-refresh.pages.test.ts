/**
 * Many tabs, one refresh: with single-use refresh tokens and reuse detection, where a second one would end the session.
 * `KEYTURN_DEEP=1` runs 20 tabs and 20 rounds of everything.
 */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { PageOptions } from "./page.ts";
import { type BenchOptions, launch, openBench } from "./tabs.ts";

const isDeep = process.env.KEYTURN_DEEP === "1";

let browser: Browser;
beforeAll(async () => {
	browser = await launch();
});
afterAll(() => browser.close());

const worlds: readonly (readonly [
	title: string,
	bench: BenchOptions,
	page: PageOptions,
	exclusion: string,
])[] = [
	["Web Locks", {}, {}, "web-locks"],
	["Web Locks, localStorage", {}, { storage: "local" }, "web-locks"],
	["Web Locks, sealed", {}, { isSealed: true }, "web-locks"],
	["the fallback lease", { without: ["locks"] }, {}, "indexeddb-lease"],
	[
		"the fallback lease, localStorage",
		{ without: ["locks"] },
		{ storage: "local" },
		"indexeddb-lease",
	],
	[
		"Web Locks, no BroadcastChannel",
		{ without: ["BroadcastChannel"] },
		{},
		"web-locks",
	],
];

const sizes: readonly (readonly [tabs: number, rounds: number])[] = isDeep
	? [
			[2, 20],
			[8, 20],
			[20, 20],
		]
	: [[2, 4]];

describe.each(worlds)("by %s", (_, options, page, exclusion) => {
	test.each(sizes)(
		"B49 %i tabs refresh once when their token expires, %i times in a row",
		async (count, rounds) => {
			await using bench = await openBench(browser, options);
			const { authority } = bench;
			const tabs = await bench.openMany(count, page);
			const [first] = tabs;
			expect(await first?.signIn()).toBe("authenticated");
			await Promise.all(tabs.map((tab) => tab.reaches("authenticated", 1)));
			for (let round = 1; round <= rounds; round++) {
				authority.expireNow();
				const statuses = await Promise.all(tabs.map((tab) => tab.call()));
				expect(new Set(statuses)).toEqual(new Set([200]));
				expect(authority.counters).toMatchObject({
					refreshRequests: round,
					refreshes: round,
					reuses: 0,
				});
			}
			await Promise.all(
				tabs.map((tab) => tab.reaches("authenticated", 1 + rounds)),
			);
			expect(
				await first?.page.evaluate(
					() => window.keyturn.diagnostics().exclusion,
				),
			).toBe(exclusion);
		},
		isDeep ? 300_000 : 30_000,
	);
});
