import { launchChromium } from "@keyturn/tooling/chromium";
import { expect, test } from "vitest";
import { startDemo } from "./demo-server.ts";
import { openExplorer } from "./explorer-page.ts";

test("B119 a module that is replaced takes its session along: no second ticker", async () => {
	await using demo = await startDemo({ isHot: true });
	const browser = await launchChromium();
	try {
		await using explorer = await openExplorer(browser, demo.url);
		const { page } = explorer;
		await explorer.open("api=oauth2");
		// the shortest life that is believed: renewed by its timer every four seconds
		await fetch(`${demo.url}mock/oauth2/__mock/lifetime`, {
			method: "POST",
			body: JSON.stringify({ ms: 6_000 }),
		});
		await page.evaluate(() => Object.assign(window, { isSamePage: true }));
		// counted as they are sent: one that is under way when its session is closed still reaches the server
		let count = 0;
		page.on("request", (request) => {
			if (request.postData()?.includes("grant_type=refresh_token")) count++;
		});
		const refreshes = () => count;
		await explorer.signIn();
		await expect.poll(refreshes).toBeGreaterThan(0);

		await demo.replace("/src/session/session.ts");
		await expect
			.poll(() => page.getByTestId("status").textContent())
			.toBe("unauthenticated");
		expect(await page.evaluate(() => "isSamePage" in window)).toBe(true);
		const before = refreshes();
		// two lives of the old session's token
		await page.waitForTimeout(12_000);
		expect(refreshes()).toBe(before);
		await explorer.signIn();
		await expect.poll(refreshes).toBeGreaterThan(before);
	} finally {
		await browser.close();
	}
});
