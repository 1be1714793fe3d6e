/** By keyboard, on a phone, in the dark, with a screen reader: whether everybody can use it, and nothing jumps about. */
import { describe, expect, test } from "vitest";
import { openAfterBurst, useDemo } from "./use-explorer.ts";

const stage = useDemo();

const phone = {
	viewport: { width: 390, height: 844 },
	isMobile: true,
	hasTouch: true,
} as const;

describe("for everybody", () => {
	test("a whole session by keyboard alone", async () => {
		await using explorer = await stage().open();
		const { page } = explorer;
		await explorer.open("api=oz");
		const focused = () =>
			page.evaluate(() => {
				const { activeElement: element } = document;
				return (
					element?.getAttribute("aria-label") ?? element?.textContent ?? ""
				);
			});
		const tabTo = async (text: string) => {
			for (let presses = 0; presses < 60; presses++) {
				await page.keyboard.press("Tab");
				if ((await focused()).startsWith(text)) return;
			}
			throw new Error(`cannot reach ${text}`);
		};
		// radio buttons: arrows choose
		await page.keyboard.press("Tab");
		await page.keyboard.press("ArrowRight");
		await expect.poll(() => page.getByLabel("Login").count()).toBe(1);
		await tabTo("Sign in");
		await page.keyboard.press("Enter");
		await expect.poll(explorer.status).toBe("authenticated");
		await tabTo("Expire now");
		await page.keyboard.press("Space");
		await tabTo("Timeline, scrolls");
		await tabTo("Journal");
		await page.keyboard.press("ArrowRight");
		await expect.poll(focused).toBe("Code");
		await page.keyboard.press("End");
		await expect.poll(focused).toBe("Server");
		await page.keyboard.press("Home");
		await expect.poll(focused).toBe("Journal");
	});

	test.each([
		["at a desk", { viewport: { width: 1380, height: 1000 } }],
		[
			"in the dark",
			{ viewport: { width: 1380, height: 1000 }, colorScheme: "dark" },
		],
		["on a phone", phone],
	] as const)("axe finds nothing %s, in any view", async (_where, options) => {
		await using explorer = await stage().open(options);
		const { page } = explorer;
		const found: Record<string, readonly string[]> = {};
		const look = async (view: string) => {
			found[view] = await explorer.violations();
		};
		await explorer.open("api=kazunion");
		await look("signed out");
		await explorer.click("Wrong password");
		await explorer.click("Sign in");
		await expect
			.poll(() => page.locator(".sign-in [role=alert]").textContent())
			.toMatch(/rejected/);
		await look("refused");
		await explorer.click("Password expired, tokens given");
		await explorer.signIn();
		await explorer.breakBy("Expire now", "lets the access token run out");
		await explorer.send(50);
		await look("after fifty requests");
		await page.getByText("As a table").click();
		await page.getByText(/All \d+ steps/).click();
		await look("details open");
		await explorer.click("Replay");
		await explorer.click("Next");
		await look("replay");
		await explorer.click("Back to live");
		for (const tab of ["Code", "Server"]) {
			await page.getByRole("tab", { name: tab }).click();
			await look(tab);
		}
		// a new session, with a refresh budget of its own
		await explorer.click("Sign out");
		await explorer.signIn();
		await page.getByLabel("seconds", { exact: true }).fill("60");
		await explorer.breakBy("Rate limit", "come back");
		await explorer.breakBy("Lose my token", "does not know");
		await explorer.send(1);
		await expect.poll(explorer.status).toBe("expired");
		await look("expired");
		await explorer.click("Open another tab");
		await expect
			.poll(() => explorer.beside().getByTestId("status").count())
			.toBe(1);
		await look("two tabs");
		found.beside = await explorer.violations("beside");
		expect(found).toEqual(
			Object.fromEntries(Object.keys(found).map((view) => [view, []])),
		);
	});

	test.each([
		["a desk", { viewport: { width: 1380, height: 1000 } }],
		["a phone", phone],
	] as const)(
		"nothing shifts on %s while a session comes and goes",
		async (_where, options) => {
			await using explorer = await stage().open(options);
			const { page } = explorer;
			await page.addInitScript(() => {
				let sum = 0;
				new PerformanceObserver((list) => {
					for (const entry of list.getEntries())
						sum += (entry as PerformanceEntry & { value: number }).value;
					document.documentElement.dataset.shift = String(sum);
				}).observe({ type: "layout-shift", buffered: true });
			});
			for (const api of ["oz", "kazunion", "oauth2"]) {
				await explorer.open(`api=${api}`);
				await explorer.signIn();
				await explorer.breakBy("Expire now", "lets the access token run out");
				await explorer.send(50);
				await explorer.click("Sign out");
				await expect.poll(explorer.status).toBe("unauthenticated");
				const shift = await page.evaluate(() =>
					Number(document.documentElement.dataset.shift ?? 0),
				);
				// a hundredth of what counts as good: a label that says something else, and nothing that moves
				expect(shift).toBeLessThan(0.001);
			}
		},
	);

	test("fits a phone: nothing sticks out sideways, and fingers hit the buttons", async () => {
		await using explorer = await openAfterBurst(stage(), phone);
		const { page } = explorer;
		expect(
			await page.evaluate(() => document.documentElement.scrollWidth),
		).toBe(390);
		const small = await page
			.locator("button:visible")
			.evaluateAll((buttons) =>
				buttons
					.filter((button) => button.getBoundingClientRect().height < 40)
					.map(({ textContent }) => textContent),
			);
		expect(small).toEqual([]);
	});
});
