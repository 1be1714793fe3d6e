/** What is chosen at the top of the page. */
import { describe, expect, test } from "vitest";
import { useDemo } from "./use-explorer.ts";

const stage = useDemo();

describe("settings", () => {
	test("stand in the address, and outlive a reload", async () => {
		await using explorer = await stage().open();
		const { page } = explorer;
		await explorer.open();
		await explorer.choose("API", "Kazunion");
		await explorer.choose("Adapter", "ky");
		await explorer.choose("Session lives in", "All tabs");
		await explorer.signIn();
		// the state is shown first and stored then: what another tab knows of it stands in the store
		await explorer.click("Open another tab");
		await expect
			.poll(() => explorer.beside().getByTestId("status").textContent())
			.toBe("authenticated");
		await page.reload();
		expect(new URL(page.url()).search).toBe(
			"?api=kazunion&adapter=ky&keeping=tabs",
		);
		await expect.poll(explorer.status).toBe("authenticated");
		expect(await page.getByRole("radio", { name: "ky" }).isChecked()).toBe(
			true,
		);
	});

	test("the adapter changes under a living session", async () => {
		await using explorer = await stage().open();
		await explorer.open("api=oz");
		await explorer.signIn();
		await explorer.choose("Adapter", "ky");
		expect(await explorer.status()).toBe("authenticated");
		expect(await explorer.send(1)).toMatch(/^1 request: 1 × 200/);
	});

	test("what was sent to one API is not shown as the other's", async () => {
		await using explorer = await stage().open();
		const { page } = explorer;
		await explorer.open("api=oz");
		await explorer.signIn();
		await page.getByLabel("Answers in").selectOption("1000");
		await expect
			.poll(() => page.locator(".fault-card").getByRole("status").textContent())
			.toBe("Every answer takes so long.");
		const asked = page.waitForRequest(/oz\/api\/echo/);
		const answered = page.waitForResponse(/oz\/api\/echo/);
		await explorer.click("50 requests");
		// the counters are read first: a session that is closed before they have come sends nothing
		await asked;
		await explorer.choose("API", "Kazunion");
		await answered;
		const count = page.getByTestId("count-accepted");
		await page.getByRole("tab", { name: "Server" }).click();
		await explorer.choose("API", "Oz");
		await expect.poll(() => count.textContent()).toBe("50");
		expect(await explorer.summary()).toMatch(/^All at once/);
	});

	test("what was done to one server is not shown as done to the other, nor after a reset", async () => {
		await using explorer = await stage().open();
		const { page } = explorer;
		await explorer.open("api=oz");
		const lifetime = page.getByLabel("Tokens live");
		const clock = page.getByLabel("Its clock");
		const shown = async () => [
			await lifetime.inputValue(),
			await clock.inputValue(),
		];
		await lifetime.selectOption("20 seconds");
		await clock.selectOption("an hour ahead");
		await expect.poll(shown).toEqual(["20000", "3600000"]);
		await explorer.choose("API", "Kazunion");
		await expect.poll(shown).toEqual(["0", "0"]);
		await explorer.choose("API", "Oz");
		await expect.poll(shown).toEqual(["20000", "3600000"]);
		// an incident begins with a fresh server
		await explorer.click("Play it");
		await expect.poll(shown).toEqual(["0", "0"]);
	});

	test("colours are those of the system, or those that are chosen, in both tabs", async () => {
		await using explorer = await stage().open({
			colorScheme: "dark",
		});
		const { page } = explorer;
		await explorer.open();
		const ground = () =>
			page.evaluate(
				() => getComputedStyle(document.documentElement).backgroundColor,
			);
		const dark = await ground();
		await explorer.choose("Colours", "Light");
		const light = await ground();
		expect(light).not.toBe(dark);
		await explorer.click("Open another tab");
		await expect
			.poll(() =>
				page
					.frames()[1]
					?.evaluate(
						() => getComputedStyle(document.documentElement).backgroundColor,
					),
			)
			.toBe(light);
		await explorer.choose("Colours", "Dark");
		expect(await ground()).toBe(dark);
		await expect
			.poll(() =>
				page
					.frames()[1]
					?.evaluate(
						() => getComputedStyle(document.documentElement).backgroundColor,
					),
			)
			.toBe(dark);
	});
});
