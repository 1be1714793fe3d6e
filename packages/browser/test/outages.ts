/** Servers that do not answer, answers that are lost, and tabs that nobody uses. */

import { held, heldAnswers } from "@keyturn/tooling/held-answers";
import type { Browser } from "playwright-core";
import { describe, expect, test } from "vitest";
import type { PageOptions, PageView } from "./page.ts";
import { asked, openBench } from "./tabs.ts";

/** @param isDeep in every world and every storage; else in the first of each */
export function outageTests(browser: () => Browser, isDeep: boolean): void {
	/** What takes longer than it tells in every run. */
	const deepTest = (isDeep ? test : () => {}) as typeof test;

	deepTest(
		"B3 a tab killed after the server had acted: a reuse interval saves the session of the others",
		async () => {
			await using bench = await openBench(browser(), {
				authority: { reuseIntervalMs: 60_000 },
			});
			const { authority } = bench;
			const page: PageOptions = { isResendSafe: true };
			const [killed, other] = await bench.openMany(2, page);
			if (!killed || !other) throw new Error("no tabs");
			await killed.signIn();
			await other.reaches("authenticated", 1);
			authority.fail({ type: "hang", isAfter: true }, { on: "refresh" });
			authority.expireNow();
			killed.call().catch(() => {});
			await asked(bench, 1);
			await killed.kill();
			expect(await other.call()).toBe(200);
			expect(authority.counters).toMatchObject({
				refreshes: 1,
				repeats: 1,
				reuses: 0,
			});
		},
	);

	deepTest(
		"B8 D15 an outage costs each tab one request a step, and ends with one refresh",
		async () => {
			await using bench = await openBench(browser());
			const { authority } = bench;
			const tabs = await bench.openMany(8);
			await tabs[0]?.signIn();
			await Promise.all(tabs.map((tab) => tab.reaches("authenticated", 1)));
			const mend = authority.fail(
				{ type: "status", status: 503 },
				{ on: "refresh", times: Number.POSITIVE_INFINITY },
			);
			authority.expireNow();
			const stepsOf = ({ history }: Pick<PageView, "history">) =>
				history.filter((status) => status === "refreshing 1").length;
			const called = await Promise.all(
				tabs.map(({ page }) =>
					page.evaluate(async () => ({
						outcome: await window.keyturn.call(),
						// at that moment: the next step comes by itself
						history: [...window.keyturn.view().history],
					})),
				),
			);
			for (const { outcome, history } of called) {
				expect(outcome).toBe("unavailable");
				// each failure is retried once while requests wait
				expect(stepsOf({ history })).toBeLessThanOrEqual(2);
			}
			const { refreshRequests } = authority.counters;
			const views = await Promise.all(tabs.map((tab) => tab.view()));
			expect(refreshRequests).toBeLessThanOrEqual(
				views.reduce((sum, view) => sum + stepsOf(view), 0),
			);
			mend();
			await Promise.all(
				tabs.map((tab) => expect.poll(() => tab.call()).toBe(200)),
			);
			expect(authority.counters).toMatchObject({ refreshes: 1, reuses: 0 });
		},
	);

	deepTest(
		"B49 D4 idle tabs renew by their timers, one of them each time",
		async () => {
			const lifetimeMs = 6_000;
			await using bench = await openBench(browser(), {
				authority: { lifetimeMs },
			});
			const { authority } = bench;
			// the fourth pair lives long: nothing more comes while it is looked at
			authority.subscribe(() => {
				if (authority.counters.refreshes === 2)
					authority.setLifetime(3_600_000);
			});
			const tabs = await bench.openMany(8);
			await tabs[0]?.signIn();
			await expect.poll(() => authority.counters.refreshes).toBe(3);
			await Promise.all(tabs.map((tab) => tab.reaches("authenticated", 4)));
			expect(authority.counters).toMatchObject({
				refreshRequests: 3,
				reuses: 0,
			});
		},
	);

	describe("B3 every lock taken away, a server that answers a repeated refresh alike", () => {
		test.each(isDeep ? [2, 8, 20] : [2])(
			"the session of %i tabs survives; the extra refreshes are counted",
			async (count) => {
				const { delay, release } = heldAnswers();
				await using bench = await openBench(browser(), {
					without: ["locks", "indexedDB"],
					authority: { reuseIntervalMs: 60_000, delay },
				});
				const { authority } = bench;
				const tabs = await bench.openMany(count, {
					storage: "local",
					isResendSafe: true,
				});
				await tabs[0]?.signIn();
				await Promise.all(tabs.map((tab) => tab.reaches("authenticated", 1)));
				const takeBack = authority.fail(held, {
					on: "refresh",
					times: Number.POSITIVE_INFINITY,
				});
				authority.expireNow();
				const calls = Promise.all(tabs.map((tab) => tab.call()));
				// all that can be are on their way before the first is answered: Chromium opens six connections to a host
				await asked(bench, Math.min(count, 6));
				takeBack();
				release();
				expect(await calls).toEqual(tabs.map(() => 200));
				await Promise.all(tabs.map((tab) => tab.reaches("authenticated", 2)));
				// some are still to be answered, and nobody waits for them any more
				await expect
					.poll(() => {
						const { refreshRequests, refreshes, repeats } = authority.counters;
						return refreshRequests - refreshes - repeats;
					})
					.toBe(0);
				const { refreshes, repeats, reuses } = authority.counters;
				expect({ refreshes, reuses }).toEqual({ refreshes: 1, reuses: 0 });
				expect(repeats).toBeGreaterThan(0);
				expect(repeats).toBeLessThan(count);
				expect(
					await tabs[0]?.page.evaluate(
						() => window.keyturn.diagnostics().exclusion,
					),
				).toBe("compare-and-set");
			},
		);
	});
}
