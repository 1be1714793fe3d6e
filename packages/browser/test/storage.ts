/** What happens to the storage under a session, and what of the session can be seen outside of it. */
import { CANARY } from "@keyturn/tooling/canary";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { PageOptions } from "./page.ts";
import { type BenchOptions, launch, openBench } from "./tabs.ts";

const kinds: readonly (readonly [string, PageOptions])[] = [
	["IndexedDB", {}],
	["localStorage", { storage: "local" }],
];

const countPages = 4;

/** @param isDeep in every world and every storage; else in the first of each */
export function storageTests(isDeep: boolean): void {
	/** What takes longer than it tells in every run. */
	const deepTest = (isDeep ? test : () => {}) as typeof test;
	let browser: Browser;
	beforeAll(async () => {
		browser = await launch();
	});
	afterAll(() => browser.close());

	describe.each(isDeep ? kinds : kinds.slice(0, 1))("%s", (_, page) => {
		test("B7 B8 offline keeps the session, and back online all tabs refresh once", async () => {
			await using bench = await openBench(browser);
			const { authority, context } = bench;
			const tabs = await bench.openMany(countPages, page);
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
			await using bench = await openBench(browser);
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

		test("B56 another user's sign-in reaches every tab before its next request", async () => {
			await using bench = await openBench(browser);
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
			expect(bench.authority.events.at(-1)).toMatchObject({
				type: "accepted",
				account: "other",
			});
		});

		deepTest("B54 a flood of forged hints starts nothing", async () => {
			await using bench = await openBench(browser);
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
			await using bench = await openBench(browser);
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

	deepTest(
		"B59 a duplicated tab copies sessionStorage: the second of the two to refresh is refused",
		async () => {
			await using bench = await openBench(browser);
			const tab = await bench.open({ storage: "session" });
			await tab.signIn();
			const copying = bench.context.waitForEvent("page");
			await tab.page.evaluate(() => {
				window.open(location.href);
			});
			const copy = await bench.adopt(await copying);
			expect((await copy.view()).status).toBe("authenticated");
			expect(await tab.refresh()).toBe(2);
			expect(await copy.refresh()).toBe("rejected");
			expect(await copy.view()).toMatchObject({
				status: "unauthenticated",
				reason: "rejected",
			});
			// what the README says, and why it says to use another storage then
			expect(bench.authority.counters.reuses).toBe(1);
			expect((await tab.view()).status).toBe("authenticated");
		},
	);

	test("B71 where the quota is used up, the session lives in memory", async () => {
		await using bench = await openBench(browser);
		const page = await bench.context.newPage();
		const cdp = await bench.context.newCDPSession(page);
		// before anything is stored: Chromium looks at the quota every half minute
		await cdp.send("Storage.overrideQuotaForOrigin", {
			origin: bench.url,
			quotaSize: 1,
		});
		await page.goto(bench.url);
		const tab = await bench.adopt(page);
		expect(await tab.signIn()).toBe("authenticated");
		expect((await tab.view()).faults).toEqual(["full"]);
		expect(await tab.refresh()).toBe(2);
		bench.authority.expireNow();
		expect(await tab.call()).toBe(200);
		expect(await tab.view()).toMatchObject({
			status: "authenticated",
			generation: 3,
		});
		await tab.page.reload();
		expect(await (await bench.adopt(page)).view()).toMatchObject({
			status: "unauthenticated",
		});
	});

	test.each([
		["IndexedDB", {}],
		["localStorage", { storage: "local" }],
	] as const)(
		"B70 a sandboxed frame without %s, locks and channel has a session in memory",
		async (_, options) => {
			await using bench = await openBench(browser);
			const page = await bench.context.newPage();
			await page.goto(`${bench.url}/empty`);
			await page.evaluate(
				(hash) => {
					const frame = document.createElement("iframe");
					frame.setAttribute("sandbox", "allow-scripts");
					frame.src = `/#${hash}`;
					document.body.append(frame);
				},
				encodeURIComponent(JSON.stringify(options)),
			);
			const frame = await expect
				.poll(() => page.frames()[1])
				.toBeDefined()
				.then(() => page.frames()[1]);
			if (!frame) throw new Error("no frame");
			await frame.waitForFunction(() => document.title === "ready");
			expect(await frame.evaluate(() => origin)).toBe("null");
			expect(await frame.evaluate(() => window.keyturn.signIn())).toBe(
				"authenticated",
			);
			expect(await frame.evaluate(() => window.keyturn.refresh())).toBe(2);
			bench.authority.expireNow();
			expect(await frame.evaluate(() => window.keyturn.call())).toBe(200);
			const { faults, errors } = await frame.evaluate(() =>
				window.keyturn.view(),
			);
			expect(faults).toEqual(["blocked"]);
			expect(new Set(errors)).toEqual(new Set(["port-failed"]));
			expect(
				await frame.evaluate(() => window.keyturn.diagnostics().exclusion),
			).toBe("compare-and-set");
		},
	);

	const poisons: readonly (readonly [string, string])[] = [
		["cut off", '{"schema":1,"protocol":"oauth2","epoch":1'],
		["of another shape", '{"schema":1,"access":{"token":"x"}}'],
		[
			"with an address of its own",
			'{"schema":1,"tokenUrl":"https://evil.example/token"}',
		],
	];
	test.each(isDeep ? poisons : poisons.slice(0, 1))(
		"B72 B104 poisoned JSON that is %s counts as nothing",
		async (_, poison) => {
			await using bench = await openBench(browser);
			const tab = await bench.open({ storage: "local" });
			await tab.page.evaluate(
				(poison) => localStorage.setItem("keyturn:app:session", poison),
				poison,
			);
			await tab.page.reload();
			const again = await bench.adopt(tab.page);
			expect(await again.view()).toMatchObject({
				status: "unauthenticated",
				faults: ["corrupted"],
			});
			expect(await again.signIn()).toBe("authenticated");
			await again.page.reload();
			expect((await (await bench.adopt(tab.page)).view()).status).toBe(
				"authenticated",
			);
			expect(bench.urls.every((url) => url.startsWith(bench.url))).toBe(true);
		},
	);

	describe("no token crosses", () => {
		/** Notes every channel message, channel name, lock name, custom event and storage event that this page can see. */
		const spy = (page: Page) =>
			page.addInitScript(() => {
				const crossed: unknown[] = [];
				Object.assign(window, { crossed });
				const note = (kind: string, ...what: unknown[]) =>
					crossed.push([kind, ...what]);
				const Channel = window.BroadcastChannel;
				if (Channel)
					window.BroadcastChannel = class extends Channel {
						constructor(name: string) {
							super(name);
							note("channel", name);
						}
						override postMessage(message: unknown) {
							note("message", message);
							super.postMessage(message);
						}
					};
				if (navigator.locks) {
					const { request } = navigator.locks;
					navigator.locks.request = ((name: string, ...rest: unknown[]) => {
						note("lock", name);
						return (request as (...args: unknown[]) => unknown).call(
							navigator.locks,
							name,
							...rest,
						);
					}) as typeof request;
				}
				const { dispatchEvent } = EventTarget.prototype;
				EventTarget.prototype.dispatchEvent = function (event) {
					note("event", event.type, (event as CustomEvent).detail);
					return dispatchEvent.call(this, event);
				};
				addEventListener("storage", ({ key, oldValue, newValue }) =>
					note("storage", key, oldValue, newValue),
				);
			});

		const worlds: readonly (readonly [string, BenchOptions, PageOptions])[] = [
			["as it comes", {}, {}],
			["sealed", {}, { isSealed: true }],
			["without locks", { without: ["locks"] }, {}],
			["without BroadcastChannel", { without: ["BroadcastChannel"] }, {}],
			[
				"but for the storage event of localStorage itself",
				{},
				{ storage: "local" },
			],
		];
		test.each(isDeep ? worlds : worlds.slice(0, 1))(
			"B109 %s",
			async (_, options, pageOptions) => {
				await using bench = await openBench(browser, options);
				const pages = await Promise.all([
					bench.context.newPage(),
					bench.context.newPage(),
				]);
				const hash = encodeURIComponent(JSON.stringify(pageOptions));
				const tabs = await Promise.all(
					pages.map(async (page) => {
						await spy(page);
						await page.goto(`${bench.url}/#${hash}`);
						return bench.adopt(page);
					}),
				);
				const [first, second] = tabs;
				await first?.signIn();
				await second?.reaches("authenticated", 1);
				bench.authority.expireNow();
				await Promise.all(tabs.map((tab) => tab.call()));
				await Promise.all(tabs.map((tab) => tab.reaches("authenticated", 2)));
				await second?.signOut();
				await first?.reaches("unauthenticated");
				const crossed = await Promise.all(
					pages.map((page) =>
						page.evaluate(
							() => (window as unknown as { crossed: unknown[][] }).crossed,
						),
					),
				);
				const all = JSON.stringify(
					crossed.flat().filter(
						// the platform's own event; who gets it can read the storage as well
						([kind, key]) =>
							kind !== "storage" || key !== "keyturn:app:session",
					),
				);
				// the spy has seen something
				expect(all).toContain(
					options.without?.includes("BroadcastChannel")
						? '["storage","keyturn:app:hint"'
						: '["message","changed/1"]',
				);
				if (!options.without?.includes("locks"))
					expect(all).toContain(
						`["lock","keyturn:oauth2:public@${bench.url}:app"]`,
					);
				expect([all, ...bench.urls].join()).not.toContain(CANARY);
			},
		);
	});
}
