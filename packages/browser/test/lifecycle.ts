/** What happens to tabs while a session is at work in them. */
import type { Browser, BrowserContext } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { PageOptions } from "./page.ts";
import {
	type Bench,
	type BenchOptions,
	launch,
	launchFreezable,
	openBench,
} from "./tabs.ts";

/** Waits until the server has so many refreshes under way or behind it. */
async function asked({ authority }: Bench, requests: number): Promise<void> {
	await expect
		.poll(() => authority.counters.refreshRequests, {
			interval: 10,
			timeout: 10_000,
		})
		.toBe(requests);
}

const impatient: PageOptions = {
	refresh: { timeoutMs: 1_000, lockWaitMs: 2_000, deadlineMs: 8_000 },
};

const worlds: readonly (readonly [string, BenchOptions, number])[] = [
	["Web Locks", {}, 0],
	["the fallback lease", { without: ["locks"] }, 1_800],
];

const kinds: readonly (readonly [string, PageOptions])[] = [
	["IndexedDB", {}],
	["localStorage", { storage: "local" }],
	["sessionStorage", { storage: "session" }],
	["sealed", { isSealed: true }],
];

/** @param isDeep in every world and every storage; else in the first of each */
export function lifecycleTests(isDeep: boolean): void {
	/** What takes longer than it tells in every run. */
	const deepTest = (isDeep ? test : () => {}) as typeof test;
	let browser: Browser;
	beforeAll(async () => {
		browser = await launch();
	});
	afterAll(() => browser.close());

	describe.each(isDeep ? worlds : worlds.slice(0, 1))(
		"by %s",
		(_, options, leaseMs) => {
			/** Two tabs, signed in; the first one's refresh has reached a server that does not answer. */
			async function openStuck(context?: BrowserContext) {
				const bench = await openBench(browser, { ...options, context });
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

			test("B55 a sign-out in one tab wins over a refresh in another", async () => {
				await using bench = await openBench(browser, options);
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

	describe("B3 every lock taken away, a server that answers a repeated refresh alike", () => {
		test.each(isDeep ? [2, 8, 20] : [2])(
			"the session of %i tabs survives; the extra refreshes are counted",
			async (count) => {
				await using bench = await openBench(browser, {
					without: ["locks", "indexedDB"],
					authority: { reuseIntervalMs: 10_000 },
				});
				const { authority } = bench;
				const tabs = await bench.openMany(count, {
					storage: "local",
					isResendSafe: true,
				});
				await tabs[0]?.signIn();
				await Promise.all(tabs.map((tab) => tab.reaches("authenticated", 1)));
				// all of them are on their way before the first is answered
				authority.fail(
					{ type: "slow", delayMs: 300 },
					{ on: "refresh", times: Number.POSITIVE_INFINITY },
				);
				authority.expireNow();
				expect(await Promise.all(tabs.map((tab) => tab.call()))).toEqual(
					tabs.map(() => 200),
				);
				await Promise.all(tabs.map((tab) => tab.reaches("authenticated", 2)));
				// Chromium opens six connections to a host: some are still to be answered, and nobody waits for them any more
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

	describe.each(isDeep ? kinds : kinds.slice(0, 1))("in %s", (_, page) => {
		test("a reload finds the session again", async () => {
			await using bench = await openBench(browser);
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
				await using bench = await openBench(browser);
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
			await using bench = await openBench(browser, { without });
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
