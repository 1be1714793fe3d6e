import { expect, test } from "vitest";
import { useBrowser } from "./browsers.ts";
import { openBench, type Tab } from "./tabs.ts";

const browser = useBrowser();

/** Signs in, and out again by a listener that runs while the page is taken away. */
async function leave(tab: Tab): Promise<void> {
	await tab.signIn();
	await tab.page.evaluate(() => {
		addEventListener("pagehide", () => void window.keyturn.signOut());
	});
	await tab.page.goto("about:blank");
}

test("B58 a sign-out while the page is left reaches localStorage and the server, once, though nobody waits for it", async () => {
	await using bench = await openBench(browser());
	await leave(await bench.open({ storage: "local" }));
	const next = await bench.open({ storage: "local" });
	await next.reaches("unauthenticated");
	await expect.poll(() => bench.authority.sessions[0]?.isRevoked).toBe(true);
	expect(bench.authority.counters).toMatchObject({
		signOutRequests: 1,
		refreshRequests: 0,
	});
});

test("B58 IndexedDB answers too late for a page that is left: the server ends the session, and the next page finds out", async () => {
	await using bench = await openBench(browser());
	await leave(await bench.open());
	await expect.poll(() => bench.authority.sessions[0]?.isRevoked).toBe(true);
	const next = await bench.open();
	await next.refresh();
	await next.reaches("unauthenticated");
});
