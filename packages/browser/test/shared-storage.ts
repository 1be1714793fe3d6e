/** What tabs see of each other through their storage. */
import type { Browser } from "playwright-core";
import { describe, expect, test } from "vitest";
import type { PageOptions } from "./page.ts";
import { openBench } from "./tabs.ts";

const kinds: readonly (readonly [string, PageOptions])[] = [
	["IndexedDB", {}],
	["localStorage", { storage: "local" }],
];

/** @param isDeep in every world and every storage; else in the first of each */
export function sharedStorageTests(
	browser: () => Browser,
	isDeep: boolean,
): void {
	/** What takes longer than it tells in every run. */
	const deepTest = (isDeep ? test : () => {}) as typeof test;

	describe.each(isDeep ? kinds : kinds.slice(0, 1))("%s", (_, page) => {
		test("B7 B8 offline keeps the session, and back online all tabs refresh once", async () => {
			await using bench = await openBench(browser());
			const { authority, context } = bench;
			const tabs = await bench.openMany(4, page);
			await tabs[0]?.signIn();
			await Promise.all(tabs.map((tab) => tab.reaches("authenticated", 1)));
			authority.expireNow();
			await context.setOffline(true);
			expect(await tabs[0]?.refresh()).toBe("unavailable");
			expect((await tabs[0]?.view())?.status).toBe("authenticated");
			await context.setOffline(false);
			// a flapping network
			await Promise.all(
				tabs.map(({ page }) =>
					page.evaluate(() => {
						for (let times = 0; times < 10; times++)
							dispatchEvent(new Event("online"));
					}),
				),
			);
			expect(await Promise.all(tabs.map((tab) => tab.call()))).toEqual(
				tabs.map(() => 200),
			);
			expect(authority.counters).toMatchObject({
				refreshRequests: 1,
				reuses: 0,
			});
		});

		test("B75 a storage that is cleared by hand signs out, at the latest at the next look at it", async () => {
			await using bench = await openBench(browser());
			const tab = await bench.open(page);
			await tab.signIn();
			await tab.cdp.send("Storage.clearDataForOrigin", {
				origin: bench.url,
				storageTypes: "all",
			});
			await tab.page.evaluate(() => dispatchEvent(new Event("online")));
			await tab.reaches("unauthenticated");
			expect((await tab.view()).reason).toBe("signed-out-elsewhere");
			expect(await tab.call()).toBe(401);
			expect(await tab.signIn()).toBe("authenticated");
			await tab.page.reload();
			await (await bench.adopt(tab.page)).reaches("authenticated");
		});

		test("B56 D13 another user's sign-in reaches every tab before its next request", async () => {
			await using bench = await openBench(browser());
			const [first, second] = await bench.openMany(2, page);
			if (!first || !second) throw new Error("no tabs");
			await first.signIn();
			await second.reaches("authenticated", 1);
			const { epoch } = await second.view();
			expect(await first.signIn("other")).toBe("authenticated");
			await second.page.waitForFunction(
				(old) => window.keyturn.view().epoch > old,
				epoch,
				{ polling: 20 },
			);
			expect((await second.view()).history.at(-1)).toBe("authenticated 1");
			expect(await second.call()).toBe(200);
			// not simply the last event: the end of the older session at the server may come after it
			expect(
				bench.authority.events.findLast(({ type }) => type === "accepted"),
			).toMatchObject({ account: "other" });
		});

		deepTest("B54 a flood of forged hints starts nothing", async () => {
			await using bench = await openBench(browser());
			const tab = await bench.open(page);
			await tab.signIn();
			await tab.page.evaluate(() => {
				const channel = new BroadcastChannel("keyturn:app");
				for (let index = 0; index < 200; index++) {
					channel.postMessage("changed/1");
					channel.postMessage({ access: "forged", epoch: 9e9 });
				}
				channel.close();
			});
			expect(await tab.call()).toBe(200);
			expect(await tab.refresh()).toBe(2);
			const { history } = await tab.view();
			expect(history.slice(history.indexOf("authenticated 1"))).toEqual([
				"authenticated 1",
				"refreshing 1",
				"authenticated 2",
			]);
			expect(bench.authority.counters.refreshRequests).toBe(1);
		});

		deepTest("a duplicated tab shares the session", async () => {
			await using bench = await openBench(browser());
			const tab = await bench.open(page);
			await tab.signIn();
			const copying = bench.context.waitForEvent("page");
			await tab.page.evaluate(() => {
				window.open(location.href);
			});
			const copy = await bench.adopt(await copying);
			expect(await copy.view()).toMatchObject({ status: "authenticated" });
			bench.authority.expireNow();
			expect(await Promise.all([tab.call(), copy.call()])).toEqual([200, 200]);
			expect(bench.authority.counters).toMatchObject({
				refreshRequests: 1,
				reuses: 0,
			});
		});
	});
}
