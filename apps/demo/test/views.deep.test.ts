/** What is drawn, and what can be done with it. */
import { readFile } from "node:fs/promises";
import { CANARY } from "@keyturn/tooling/canary";
import { describe, expect, test } from "vitest";
import { machineGraph } from "../src/session/machine-graph.ts";
import { openAfterBurst, useDemo } from "./use-explorer.ts";

const stage = useDemo();

describe("the machine", () => {
	test("is drawn from the table: every status, every step; the current one and the last step are lit", async () => {
		await using explorer = await openAfterBurst(stage());
		const { page } = explorer;
		expect(await page.locator(".node text").allTextContents()).toEqual(
			machineGraph.statuses,
		);
		const drawn = await page.locator(".edge-label tspan").count();
		const between = machineGraph.edges.filter(({ from, to }) => from !== to);
		expect(drawn).toBe(between.length);
		expect(await page.locator(".edges dd").allTextContents()).toHaveLength(
			new Set(machineGraph.edges.map(({ from, to }) => `${from} ${to}`)).size,
		);
		await expect
			.poll(explorer.lastStep)
			.toBe("refresh-succeeded: refreshing → authenticated");
		expect(
			await page.locator('.node[data-current="true"] text').textContent(),
		).toBe("authenticated");
		expect(
			await page
				.locator('.edge-label tspan[data-lit="true"]')
				.allTextContents(),
		).toEqual(["refresh-succeeded"]);
		expect(await page.locator(".diagram svg").getAttribute("aria-label")).toBe(
			"The session is authenticated. Last step: refresh-succeeded: refreshing → authenticated.",
		);
	});
});

describe("the timeline", () => {
	test("shows fifty requests that wait for one refresh", async () => {
		// a page that gets no processor for a moment learns of the last refusals and of the new token at once: without a wait
		await fetch(`${stage().demo.url}mock/oz/__mock/fail`, {
			method: "POST",
			body: JSON.stringify({
				fault: { type: "slow", delayMs: 2_000 },
				on: "refresh",
			}),
		});
		await using explorer = await openAfterBurst(stage());
		const { page } = explorer;
		const chart = page.locator(".timeline-body svg");
		await expect
			.poll(() => chart.getAttribute("aria-label"))
			.toMatch(/^50 requests, \d+ of them waited; 1 refreshes\.$/);
		const label = (await chart.getAttribute("aria-label")) ?? "";
		const waited = Number(/(\d+) of them/.exec(label)?.[1]);
		expect(waited).toBeGreaterThan(40);
		expect(await chart.locator(".waiting").count()).toBeGreaterThanOrEqual(
			waited,
		);
		expect(await chart.locator(".answered").count()).toBe(50);
		expect(await chart.locator(".token-call").count()).toBe(2);
		await page.getByText("As a table").click();
		expect(await page.locator(".call-table tbody tr").count()).toBe(52);
	});

	test("zooms by button and by key, and scrolls", async () => {
		await using explorer = await openAfterBurst(stage());
		const { page } = explorer;
		const area = page.getByRole("region", { name: /^Timeline, scrolls/ });
		const widths = () =>
			area.evaluate((element) => [element.scrollWidth, element.clientWidth]);
		const [fitting = 0, room = 0] = await widths();
		expect(fitting).toBeLessThanOrEqual(room + 1);
		await explorer.click("Zoom in");
		await explorer.click("Zoom in");
		const [zoomed = 0] = await widths();
		expect(zoomed).toBeGreaterThan(room * 1.5);
		await area.focus();
		await page.keyboard.press("+");
		await expect.poll(async () => (await widths())[0]).toBeGreaterThan(zoomed);
		const before = await area.evaluate(({ scrollLeft }) => scrollLeft);
		await page.keyboard.press("ArrowLeft");
		await expect
			.poll(() => area.evaluate(({ scrollLeft }) => scrollLeft))
			.toBeLessThan(before);
		await page.keyboard.press("0");
		await expect.poll(async () => (await widths())[0]).toBe(fitting);
		await explorer.click("Zoom out");
		expect(
			await page
				.getByRole("button", { name: "Fit", exact: true })
				.getAttribute("aria-pressed"),
		).toBe("false");
		await explorer.click("Fit");
		await explorer.click("Clear");
		await expect.poll(() => page.locator(".answered").count()).toBe(0);
		expect(
			await page.getByText("Sign in, and send fifty requests.").count(),
		).toBe(1);
	});
});

describe("the journal", () => {
	test("is filtered, exported without a token, and replayed step by step from the file", async () => {
		await using explorer = await openAfterBurst(stage());
		const { page } = explorer;
		const rows = () => page.locator(".journal-rows tbody th").allTextContents();
		await expect
			.poll(rows)
			.toEqual([
				"refresh-succeeded",
				"token-rejected",
				"signed-in",
				"sign-in-started",
			]);
		await page.getByLabel("Filter").fill("REFRESHING");
		await expect.poll(rows).toEqual(["token-rejected"]);
		await page.getByLabel("Filter").fill("no such thing");
		await expect
			.poll(() => page.getByText("Nothing fits the filter.").count())
			.toBe(1);
		await page.getByLabel("Filter").fill("");

		const download = await explorer.saved(() => explorer.click("Export"));
		expect(download.suggestedFilename()).toBe("keyturn-journal.json");
		const text = await readFile(await download.path(), "utf8");
		expect(text).not.toContain(CANARY);

		await explorer.click("Sign out");
		await expect.poll(explorer.status).toBe("unauthenticated");
		await page.getByLabel("Replay a file").setInputFiles({
			name: "bug-report.json",
			mimeType: "application/json",
			buffer: Buffer.from(text),
		});
		const step = () => page.getByTestId("replay-step").textContent();
		const current = () =>
			page.locator('.node[data-current="true"] text').textContent();
		await expect.poll(step).toBe("0 of 4");
		expect(await current()).toBe("unauthenticated");
		const seen = [];
		for (let count = 0; count < 4; count++) {
			await explorer.click("Next");
			seen.push(`${await step()}: ${await current()}`);
		}
		expect(seen).toEqual([
			"1 of 4: unauthenticated",
			"2 of 4: authenticated",
			"3 of 4: refreshing",
			"4 of 4: authenticated",
		]);
		expect(await page.getByRole("button", { name: "Next" }).isDisabled()).toBe(
			true,
		);
		await explorer.click("Back");
		expect(await explorer.lastStep()).toBe(
			"token-rejected: authenticated → refreshing",
		);
		expect(await page.locator('tr[aria-current="step"] th').textContent()).toBe(
			"token-rejected",
		);
		await page.getByLabel("Step of the replay").fill("1");
		expect(await step()).toBe("1 of 4");
		await explorer.click("Play");
		await expect.poll(step).toBe("4 of 4");
		await explorer.click("Back to live");
		expect(await current()).toBe("unauthenticated");
	});

	test("refuses a file that is something else, without quoting it", async () => {
		await using explorer = await stage().open();
		await explorer.open();
		await explorer.page.getByLabel("Replay a file").setInputFiles({
			name: "photo.json",
			mimeType: "application/json",
			buffer: Buffer.from('{"version":"sUpErSeCrEt"}'),
		});
		await expect
			.poll(() => explorer.page.locator(".journal [role=alert]").textContent())
			.toBe("photo.json is not a journal of Keyturn.");
	});

	test("replays the session that is under way", async () => {
		await using explorer = await openAfterBurst(stage());
		await explorer.click("Replay");
		await expect
			.poll(() => explorer.page.getByTestId("replay-step").textContent())
			.toBe("0 of 4");
	});
});

test("the code panel shows what is chosen, and copies it", async () => {
	await using explorer = await stage().open({
		permissions: ["clipboard-read", "clipboard-write"],
	});
	const { page } = explorer;
	await explorer.open("api=kazunion");
	await page.getByRole("tab", { name: "Code" }).click();
	const code = () => page.getByTestId("code").textContent();
	expect(await code()).toContain('from "@keyturn/protocols/kazunion"');
	expect(await code()).toContain("createAuthFetch(auth)");
	await explorer.choose("Adapter", "ky");
	await explorer.choose("API", "OAuth 2.0");
	await explorer.choose("Session lives in", "All tabs");
	expect(await code()).toContain(".extend(withAuth(auth))");
	expect(await code()).toContain('...browserAuth("my-app")');
	expect(await code()).toContain('from "@keyturn/protocols/oauth2"');
	await explorer.click("Copy");
	await expect.poll(() => page.getByText("Copied.").count()).toBe(1);
	expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(
		await code(),
	);
});

test("the server panel shows what the server counts", async () => {
	await using explorer = await openAfterBurst(stage());
	const { page } = explorer;
	await page.getByRole("tab", { name: "Server" }).click();
	await expect
		.poll(() => page.getByTestId("count-refreshes").textContent())
		.toBe("1");
	await expect
		.poll(() => page.getByTestId("count-accepted").textContent())
		.toBe("50");
});

test("another tab is drawn beside this one, and one refresh is seen in both", async () => {
	await using explorer = await stage().open();
	const { page } = explorer;
	await explorer.open("api=oz&keeping=tabs");
	await explorer.signIn();
	await explorer.click("Open another tab");
	const other = explorer.beside();
	await expect
		.poll(() => other.getByTestId("status").textContent())
		.toBe("authenticated");
	await explorer.breakBy("Expire now", "lets the access token run out");
	await other.getByRole("button", { name: "1 request" }).click();
	await expect
		.poll(() => other.getByTestId("last-edge").textContent())
		.toBe("refresh-succeeded: refreshing → authenticated");
	await expect
		.poll(explorer.lastStep)
		.toBe("changed-elsewhere: stays authenticated");
	expect((await stage().demo.overview()).apis.oz?.counters).toMatchObject({
		refreshes: 1,
	});
	await explorer.click("Sign out");
	await expect
		.poll(() => other.getByTestId("status").textContent())
		.toBe("unauthenticated");
	await explorer.click("Close the other tab");
	expect(await page.locator("iframe").count()).toBe(0);
	expect(
		await page.getByRole("link", { name: /in a window/ }).getAttribute("href"),
	).toBe("?api=oz&adapter=fetch&keeping=tabs");
});
