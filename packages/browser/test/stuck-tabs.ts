/** A tab that does not come back from a refresh, and one that signs out meanwhile. */

import { held, heldAnswers } from "@keyturn/tooling/held-answers";
import type { Browser, BrowserContext } from "playwright-core";
import { describe, expect, test } from "vitest";
import { launchFreezable } from "./browsers.ts";
import type { PageOptions } from "./page.ts";
import { asked, type BenchOptions, openBench } from "./tabs.ts";

/** Of whoever gets stuck: what it has of the lock is short. */
const impatient: PageOptions = {
	refresh: { timeoutMs: 1_000, lockWaitMs: 2_000 },
};

/** The others ask long enough for a busy machine to answer: a second request for an answer that is only late would be a reuse. */
const patient = { timeoutMs: 20_000, deadlineMs: 20_000 };

/** How long others wait for a lock that nobody gives back; with Web Locks longer than any call of theirs. */
const worlds: readonly (readonly [string, BenchOptions, number])[] = [
	["Web Locks", {}, 60_000],
	["the fallback lease", { without: ["locks"] }, 2_000],
];

/** @param isDeep in every world and every storage; else in the first of each */
export function stuckTabTests(browser: () => Browser, isDeep: boolean): void {
	/** What takes longer than it tells in every run. */
	const deepTest = (isDeep ? test : () => {}) as typeof test;

	describe.each(isDeep ? worlds : worlds.slice(0, 1))(
		"by %s",
		(_, options, lockWaitMs) => {
			/** Two tabs, signed in; the first one's refresh has reached a server that does not answer. */
			async function openStuck(
				lockWaitMs: number,
				page: PageOptions,
				context?: BrowserContext,
			) {
				const bench = await openBench(browser(), { ...options, context });
				const stuck = await bench.open(page);
				const other = await bench.open({
					refresh: { ...patient, lockWaitMs },
				});
				await stuck.signIn();
				await other.reaches("authenticated", 1);
				bench.authority.fail({ type: "hang" }, { on: "refresh" });
				bench.authority.expireNow();
				stuck.call().catch(() => {});
				await asked(bench, 1);
				return { bench, stuck, other };
			}

			/**
			 * For a tab that goes away: the others' call would end in `timeout` before their patience with its lock is over, and
			 * it has no second try at the server before it is gone.
			 */
			const openGone = () =>
				openStuck(lockWaitMs, { refresh: { ...patient, lockWaitMs } });

			test("B50 a killed tab keeps nobody: the others go on", async () => {
				const { bench, stuck, other } = await openGone();
				await using _closing = bench;
				await stuck.kill();
				expect(await other.call()).toBe(200);
				expect((await other.view()).generation).toBe(2);
				expect(bench.authority.counters).toMatchObject({
					refreshes: 1,
					reuses: 0,
				});
			});

			test("B50 a frozen tab keeps the others no longer than its lease, and adopts when it thaws", async () => {
				await using freezable = await launchFreezable();
				const { bench, stuck, other } = await openStuck(
					2_000,
					impatient,
					freezable.contexts()[0],
				);
				await using _closing = bench;
				await stuck.freeze();
				const startMs = performance.now();
				expect(await other.call()).toBe(200);
				// the patience with the lock, or what is left of the lease; the rest is for a busy machine
				expect(performance.now() - startMs).toBeLessThan(2_000 + 10_000);
				expect((await other.view()).generation).toBe(2);
				await stuck.thaw();
				await stuck.reaches("authenticated", 2);
				expect(await stuck.call()).toBe(200);
				const { history, lifecycle } = await stuck.view();
				expect(lifecycle).toEqual(["pageshow", "freeze", "resume"]);
				expect(history.join()).toMatch(
					/authenticated 1,refreshing 1(,[ae]\w+ 1|,refreshing 1)*,authenticated 2$/,
				);
				expect(bench.authority.counters).toMatchObject({
					refreshes: 1,
					reuses: 0,
				});
			});

			deepTest("B50 a tab that is navigated away keeps nobody", async () => {
				const { bench, stuck, other } = await openGone();
				await using _closing = bench;
				await stuck.page.goto(`${bench.url}/empty`);
				expect(await other.call()).toBe(200);
				expect(bench.authority.counters).toMatchObject({
					refreshes: 1,
					reuses: 0,
				});
			});

			test("B55 D5 a sign-out in one tab wins over a refresh in another", async () => {
				const { delay, release } = heldAnswers();
				await using bench = await openBench(browser(), {
					...options,
					authority: { delay },
				});
				const { authority } = bench;
				const [refreshing, leaving, third] = await bench.openMany(3);
				if (!refreshing || !leaving || !third) throw new Error("no tabs");
				await refreshing.signIn();
				await leaving.reaches("authenticated", 1);
				await third.reaches("authenticated", 1);
				authority.fail(held, { on: "refresh" });
				// the first revocation fails: else the server would have no late "yes" to give
				authority.fail({ type: "status", status: 503 }, { on: "sign-out" });
				const outcome = refreshing.refresh();
				await asked(bench, 1);
				expect(await leaving.signOut()).toMatchObject({ isForgotten: true });
				expect(await outcome).toBe("signed-out");
				release();
				// the late answer has come, and its tokens are ended at the server
				await expect.poll(() => authority.counters.refreshes).toBe(1);
				await expect.poll(() => authority.sessions[0]?.isRevoked).toBe(true);
				for (const tab of [refreshing, leaving, third]) {
					await tab.reaches("unauthenticated");
					expect(await tab.call()).toBe(401);
					await tab.page.reload();
					expect(
						await bench.adopt(tab.page).then((again) => again.view()),
					).toMatchObject({
						status: "unauthenticated",
					});
				}
				const entry = await leaving.page.evaluate(
					() =>
						new Promise<unknown>((resolve) => {
							indexedDB.open("keyturn").onsuccess = ({ target }) => {
								const { result } = target as IDBOpenDBRequest;
								result
									.transaction("entries")
									.objectStore("entries")
									.get("keyturn:app:session").onsuccess = (event) =>
									resolve((event.target as IDBRequest).result);
							};
						}),
				);
				expect(entry).toMatchObject({
					access: null,
					refresh: null,
					user: null,
				});
			});
		},
	);
}
