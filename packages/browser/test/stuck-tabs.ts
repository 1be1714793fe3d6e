/** A tab that does not come back from a refresh, and one that signs out meanwhile. */
import type { Browser, BrowserContext } from "playwright-core";
import { describe, expect, test } from "vitest";
import { launchFreezable } from "./browsers.ts";
import type { PageOptions } from "./page.ts";
import { asked, type BenchOptions, openBench } from "./tabs.ts";

const impatient: PageOptions = {
	refresh: { timeoutMs: 1_000, lockWaitMs: 2_000, deadlineMs: 8_000 },
};

const worlds: readonly (readonly [string, BenchOptions, number])[] = [
	["Web Locks", {}, 0],
	["the fallback lease", { without: ["locks"] }, 1_800],
];

/** @param isDeep in every world and every storage; else in the first of each */
export function stuckTabTests(browser: () => Browser, isDeep: boolean): void {
	/** What takes longer than it tells in every run. */
	const deepTest = (isDeep ? test : () => {}) as typeof test;

	describe.each(isDeep ? worlds : worlds.slice(0, 1))(
		"by %s",
		(_, options, leaseMs) => {
			/** Two tabs, signed in; the first one's refresh has reached a server that does not answer. */
			async function openStuck(context?: BrowserContext) {
				const bench = await openBench(browser(), { ...options, context });
				const [stuck, other] = await bench.openMany(2, impatient);
				if (!stuck || !other) throw new Error("no tabs");
				await stuck.signIn();
				await other.reaches("authenticated", 1);
				bench.authority.fail({ type: "hang" }, { on: "refresh" });
				bench.authority.expireNow();
				stuck.call().catch(() => {});
				await asked(bench, 1);
				return { bench, stuck, other };
			}

			test("B50 a killed tab keeps nobody: the others go on", async () => {
				const { bench, stuck, other } = await openStuck();
				await using _closing = bench;
				await stuck.kill();
				const startMs = performance.now();
				expect(await other.call()).toBe(200);
				expect(performance.now() - startMs).toBeLessThan(leaseMs + 3_000);
				expect((await other.view()).generation).toBe(2);
				expect(bench.authority.counters).toMatchObject({
					refreshes: 1,
					reuses: 0,
				});
			});

			test("B50 a frozen tab keeps the others no longer than its lease, and adopts when it thaws", async () => {
				await using freezable = await launchFreezable();
				const { bench, stuck, other } = await openStuck(
					freezable.contexts()[0],
				);
				await using _closing = bench;
				await stuck.freeze();
				const startMs = performance.now();
				expect(await other.call()).toBe(200);
				// the patience with the lock, or what is left of the lease
				expect(performance.now() - startMs).toBeLessThan(2_000 + 3_000);
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
				const { bench, stuck, other } = await openStuck();
				await using _closing = bench;
				await stuck.page.goto(`${bench.url}/empty`);
				const startMs = performance.now();
				expect(await other.call()).toBe(200);
				expect(performance.now() - startMs).toBeLessThan(leaseMs + 3_000);
				expect(bench.authority.counters).toMatchObject({
					refreshes: 1,
					reuses: 0,
				});
			});

			test("B55 D5 a sign-out in one tab wins over a refresh in another", async () => {
				await using bench = await openBench(browser(), options);
				const { authority } = bench;
				const [refreshing, leaving, third] = await bench.openMany(3);
				if (!refreshing || !leaving || !third) throw new Error("no tabs");
				await refreshing.signIn();
				await leaving.reaches("authenticated", 1);
				await third.reaches("authenticated", 1);
				authority.fail({ type: "slow", delayMs: 500 }, { on: "refresh" });
				// the first revocation fails: else the server would have no late "yes" to give
				authority.fail({ type: "status", status: 503 }, { on: "sign-out" });
				const outcome = refreshing.refresh();
				await asked(bench, 1);
				expect(await leaving.signOut()).toMatchObject({ isForgotten: true });
				expect(await outcome).toBe("signed-out");
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
