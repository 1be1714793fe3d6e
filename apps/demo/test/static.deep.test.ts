/** The static build: the same servers, in a service worker. */
import { gzipSync } from "node:zlib";
import { launchChromium } from "@keyturn/tooling/chromium";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openExplorer } from "./explorer-page.ts";
import { type StaticSite, serveStaticBuild } from "./static-site.ts";

let site: StaticSite;
let browser: Browser;
beforeAll(async () => {
	site = await serveStaticBuild();
	browser = await launchChromium();
});
afterAll(async () => {
	await browser?.close();
	await site?.[Symbol.asyncDispose]();
});

test.each(["oz", "kazunion", "oauth2"])(
	"%s: sign in, fifty requests with an expired token, one refresh, sign out, without any server",
	async (api) => {
		await using explorer = await openExplorer(browser, site.url);
		// what is left of the page of the test before, closed in the middle of a request, is not this one's
		const before = site.asked.length;
		await explorer.open(`api=${api}&adapter=ky`);
		await explorer.signIn();
		await explorer.breakBy("Expire now", "lets the access token run out");
		expect(await explorer.send(50)).toMatch(
			/^50 requests: 50 × 200\. 1 refresh at the server/,
		);
		await explorer.click("Sign out");
		await expect.poll(explorer.status).toBe("unauthenticated");
		expect(
			site.asked.slice(before).filter((path) => path.includes("mock/")),
		).toEqual([]);
		expect(explorer.said.filter((text) => text.startsWith("uncaught"))).toEqual(
			[],
		);
	},
);

test("a lost answer is lost there, too", async () => {
	await using explorer = await openExplorer(browser, site.url);
	await explorer.open("api=oz");
	await explorer.signIn();
	await explorer.breakBy("Lose the answer", "in the middle of the answer");
	await explorer.click("Refresh now");
	await expect
		.poll(() => explorer.page.locator(".live [role=status]").textContent())
		.toMatch(/in-doubt$/);
});

test("two tabs share one mock and one session, and refresh once", async () => {
	await using explorer = await openExplorer(browser, site.url);
	await explorer.open("api=oz&keeping=tabs");
	await explorer.click("Two tabs");
	await explorer.click("Play it");
	await expect
		.poll(() => explorer.page.getByTestId("seen").textContent())
		.toMatch(/^This tab: 10 × 200\. Both tabs together: 1 refresh, 0 used/);
});

test("when the tab with the mock is closed, another takes over", async () => {
	await using explorer = await openExplorer(browser, site.url);
	await explorer.open("api=oz");
	await explorer.signIn();
	const other = await explorer.page.context().newPage();
	await other.goto(`${site.url}?api=oz`);
	await explorer.page.close();
	await other.getByRole("button", { name: "Sign in", exact: true }).click();
	await expect
		.poll(() => other.getByTestId("status").textContent())
		.toBe("authenticated");
});

test("the first paint needs less than 150 kB of JavaScript, gzip, and does not wait for the mock", async () => {
	const page = await browser.newPage();
	const scripts: Promise<number>[] = [];
	let isPainted = false;
	page.on("response", (response) => {
		if (!isPainted && response.url().endsWith(".js"))
			scripts.push(response.body().then((body) => gzipSync(body).length));
	});
	// the mock's part never comes
	await page.route(/service-worker-.*\.js$/, () => {});
	await page.goto(site.url);
	await page.getByRole("button", { name: "Sign in", exact: true }).waitFor();
	isPainted = true;
	const bytes = (await Promise.all(scripts)).reduce(
		(sum, size) => sum + size,
		0,
	);
	expect(bytes).toBeGreaterThan(50_000);
	expect(bytes).toBeLessThan(150_000);
	expect(await page.getByText("Starting the mock servers …").count()).toBe(1);
	await page.close();
});
