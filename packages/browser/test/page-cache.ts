/** Pages that are left and come again. */
import { findWholeChromium } from "@keyturn/tooling/chromium";
import type { Browser } from "playwright-core";
import { describe, expect, test } from "vitest";
import { useBrowser } from "./browsers.ts";
import type { PageOptions } from "./page.ts";
import { openBench } from "./tabs.ts";

const kinds: readonly (readonly [string, PageOptions])[] = [
	["IndexedDB", {}],
	["localStorage", { storage: "local" }],
	["sessionStorage", { storage: "session" }],
	["sealed", { isSealed: true }],
];

/** @param isDeep in every world and every storage; else in the first of each */
export function reloadTests(browser: () => Browser, isDeep: boolean): void {
	test.each(isDeep ? kinds : kinds.slice(0, 1))(
		"a reload finds the session again, in %s",
		async (_, page) => {
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
		},
	);
}

export function pageCacheTests(): void {
	const whole = findWholeChromium();
	if (!whole)
		console.warn("no whole Chromium: the back/forward cache is left out");

	describe.skipIf(!whole)("a page in the back/forward cache", () => {
		const browser = useBrowser(() => whole);

		test.each(kinds)("comes out as it was, in %s", async (_, page) => {
			await using bench = await openBench(browser());
			const tab = await bench.open(page);
			await tab.signIn();
			await tab.page.goto(`${bench.url}/empty`);
			await tab.page.goBack({ waitUntil: "commit" });
			const back = await bench.adopt(tab.page);
			await expect
				.poll(() => back.view())
				.toMatchObject({
					status: "authenticated",
					lifecycle: ["pageshow", "freeze", "resume", "pageshow persisted"],
				});
			expect(await back.call()).toBe(200);
			expect(bench.authority.counters.refreshRequests).toBe(0);
		});

		test.each([
			["without", ["BroadcastChannel"]],
			["with", []],
		] as const)(
			"adopts what happened meanwhile, %s a channel to hear of it",
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
					await expect
						.poll(async () => (await back.view()).lifecycle)
						.toContain("pageshow persisted");
				expect(bench.authority.counters).toMatchObject({
					refreshes: 1,
					reuses: 0,
				});
			},
		);
	});
}
