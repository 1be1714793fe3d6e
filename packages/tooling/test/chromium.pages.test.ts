import { expect, test } from "vitest";
import { launchChromium } from "../src/chromium.ts";

test("two pages of one context share their storage", async () => {
	const browser = await launchChromium();
	try {
		const context = await browser.newContext();
		await context.route("http://kt.example/**", (route) =>
			route.fulfill({ contentType: "text/html", body: "<title>kt</title>" }),
		);
		const [one, two] = [await context.newPage(), await context.newPage()];
		await one.goto("http://kt.example/");
		await two.goto("http://kt.example/");
		await one.evaluate(() => localStorage.setItem("k", "v"));
		// told from process to process, in its own time
		await expect
			.poll(() => two.evaluate(() => localStorage.getItem("k")))
			.toBe("v");
	} finally {
		await browser.close();
	}
});
