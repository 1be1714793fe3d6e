/** Each incident plays to its end, and tells what was promised. */
import { expect, test } from "vitest";
import { useExplorer } from "./use-explorer.ts";

const visit = useExplorer();

test.each([
	[
		"Fifty at once",
		/^50 × 200, with 1 refresh\. The longest wait was [\d.]+ m?s\.$/,
	],
	[
		"Two tabs",
		/^This tab: 10 × 200\. Both tabs together: 1 refresh, 0 used tokens shown\.$/,
	],
	["The 30-day token", /^0 refreshes\. The next one is due in 29 d 23 h\.$/],
	["The laptop slept", /^20 × 200, with 1 refresh and 0 requests refused/],
	[
		"The portal answered 200",
		/^The refresh failed with bad-response\. The session stayed: 5 × 200/,
	],
	[
		"The server is down",
		/^During: 10 × unavailable\. Then it recovered by itself: 10 × 200\. 4 attempts in all/,
	],
	["The answer was lost", /kept back: 5 × 200\. .+ said why: in-doubt\.$/],
	[
		"Redirected to a stranger",
		/^The request ended with 1 × .+; the token stayed at home/,
	],
])("%s", async (title, ending) => {
	const { explorer } = visit();
	const { page } = explorer;
	await explorer.open("api=oz");
	await explorer.click(title);
	const progress = page.getByLabel("Incident under way");
	// noted in the page: the shortest is over in a third of a second, and who looks from outside may come too late
	const idle = await progress.evaluateHandle((element) => {
		const seen = [element.getAttribute("data-idle")];
		new MutationObserver(() => {
			seen.push(element.getAttribute("data-idle"));
		}).observe(element, { attributeFilter: ["data-idle"] });
		return seen;
	});
	await explorer.click("Play it");
	await expect
		.poll(() => page.getByTestId("seen").textContent())
		.toMatch(ending);
	await expect.poll(() => idle.jsonValue()).toEqual(["true", "false", "true"]);
});
