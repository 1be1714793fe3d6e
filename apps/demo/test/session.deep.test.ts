/** The whole way in real Chromium, over real HTTP: what `session.pages.test.ts` leaves out. */
import { CANARY } from "@keyturn/tooling/canary";
import { expect, test } from "vitest";
import { openExplorer } from "./explorer-page.ts";
import { isInHeap } from "./heap.ts";
import { alertOf, beRefused, liveThrough } from "./session-life.ts";
import { useExplorer } from "./use-explorer.ts";

const visit = useExplorer();

test.each([
	["oz", "ky"],
	["kazunion", "fetch"],
	["oauth2", "fetch"],
	["oauth2", "ky"],
] as const)(
	"%s through %s: sign in, fifty requests with an expired token, one refresh, sign out, nothing left",
	(api, adapter) => liveThrough(visit(), api, adapter),
);

test.each(["kazunion", "oauth2"] as const)(
	"%s: says what the API says about a wrong password, and no more",
	(api) => beRefused(visit(), api),
);

test("the search of the heap finds a token while there is one", async () => {
	const { explorer } = visit();
	await explorer.open("api=oz");
	await explorer.signIn();
	expect(await isInHeap(explorer.page, CANARY)).toBe(true);
});

test("Kazunion: an expired password without tokens is told from a wrong one", async () => {
	const { explorer } = visit();
	await explorer.open("api=kazunion");
	await explorer.click("Password expired, no tokens");
	await explorer.click("Sign in");
	await expect.poll(() => alertOf(explorer)).toMatch(/password-expired$/);
});

test("Kazunion: an expired password with tokens signs in, and asks for a new one", async () => {
	const { explorer } = visit();
	await explorer.open("api=kazunion");
	await explorer.click("Password expired, tokens given");
	await explorer.signIn();
	await expect
		.poll(() => explorer.page.getByText("ask for a new password").count())
		.toBe(1);
});

test("Oz: each accepted request extends the session, and shows who is signed in", async () => {
	const { explorer, demo } = visit();
	await explorer.open("api=oz");
	await explorer.click("Somebody else");
	await explorer.signIn();
	await expect
		.poll(() => explorer.page.locator(".who strong").textContent())
		.toMatch(/^Grace/);
	const before = (await demo.overview()).apis.oz?.sessions[0]?.expiresAtMs ?? 0;
	await explorer.send(1);
	const after = (await demo.overview()).apis.oz?.sessions[0]?.expiresAtMs ?? 0;
	expect(after).toBeGreaterThan(before);
});

test("two windows talk to the same authority", async () => {
	const { explorer, demo, browser } = visit();
	await explorer.open("api=oz");
	await explorer.signIn();
	await using other = await openExplorer(browser, demo.url);
	await other.open("api=oz");
	await other.signIn();
	expect((await demo.overview()).apis.oz?.sessions).toHaveLength(2);
});
