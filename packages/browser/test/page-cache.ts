/** Pages that are left and come again. */
import type { Browser } from "playwright-core";
import { describe, expect, test } from "vitest";
import type { PageOptions } from "./page.ts";
import { openBench } from "./tabs.ts";

const kinds: readonly (readonly [string, PageOptions])[] = [
	["IndexedDB", {}],
	["localStorage", { storage: "local" }],
	["sessionStorage", { storage: "session" }],
	["sealed", { isSealed: true }],
];

/** @param isDeep in every world and every storage; else in the first of each */
export function pageCacheTests(browser: () => Browser, isDeep: boolean): void {
	/** What takes longer than it tells in every run. */
	const deepTest = (isDeep ? test : () => {}) as typeof test;

	describe.each(isDeep ? kinds : kinds.slice(0, 1))("in %s", (_, page) => {
		test("a reload finds the session again", async () => {
			await using bench = await openBench(browser());
			const tab = await bench.open(page);
			await tab.signIn();
			await tab.page.reload();
			const again = await bench.adopt(tab.page);
			expect(await again.view()).toMatchObject({
				status: "authenticated",
				generation: 1,
			});
			expect(await again.call()).toBe(200);
			expect(bench.authority.counters).toMatchObject({
				signIns: 1,
				refreshRequests: 0,
			});
		});

		deepTest(
			"a page comes out of the back/forward cache as it was",
			async () => {
				await using bench = await openBench(browser());
				const tab = await bench.open(page);
				await tab.signIn();
				await tab.page.goto(`${bench.url}/empty`);
				await tab.page.goBack({ waitUntil: "commit" });
				const back = await bench.adopt(tab.page);
				expect(await back.view()).toMatchObject({
					status: "authenticated",
					lifecycle: ["pageshow", "freeze", "resume", "pageshow persisted"],
				});
				expect(await back.call()).toBe(200);
				expect(bench.authority.counters.refreshRequests).toBe(0);
			},
		);
	});

	const channels = [
		["without", ["BroadcastChannel"]],
		["with", []],
	] as const;
	test.each(isDeep ? channels : channels.slice(0, 1))(
		"a page in the back/forward cache adopts what happened meanwhile, %s a channel to hear of it",
		async (_, without) => {
			await using bench = await openBench(browser(), { without });
			const [tab, other] = await bench.openMany(2);
			if (!tab || !other) throw new Error("no tabs");
			await tab.signIn();
			await other.reaches("authenticated", 1);
			await tab.page.goto(`${bench.url}/empty`);
			expect(await other.refresh()).toBe(2);
			await tab.page.goBack({ waitUntil: "commit" });
			const back = await bench.adopt(tab.page);
			await back.reaches("authenticated", 2);
			expect(await back.call()).toBe(200);
			// a message to a cached page makes Chromium drop it, and load it anew
			if (without.length)
				expect((await back.view()).lifecycle).toContain("pageshow persisted");
			expect(bench.authority.counters).toMatchObject({
				refreshes: 1,
				reuses: 0,
			});
		},
	);
}
