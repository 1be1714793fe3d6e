/** Storage that is copied, full, blocked or poisoned. */
import type { Browser } from "playwright-core";
import { expect, test } from "vitest";
import { openBench } from "./tabs.ts";

/** @param isDeep in every world and every storage; else in the first of each */
export function hostileStorageTests(
	browser: () => Browser,
	isDeep: boolean,
): void {
	/** What takes longer than it tells in every run. */
	const deepTest = (isDeep ? test : () => {}) as typeof test;

	deepTest(
		"B59 a duplicated tab copies sessionStorage: the second of the two to refresh is refused",
		async () => {
			await using bench = await openBench(browser());
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
		await using bench = await openBench(browser());
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
			await using bench = await openBench(browser());
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
			await using bench = await openBench(browser());
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
}
