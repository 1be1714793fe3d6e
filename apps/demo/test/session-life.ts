/** What a visitor does, from the sign-in to the sign-out: each API through each adapter. */
import { CANARY } from "@keyturn/tooling/canary";
import { expect } from "vitest";
import type { ExplorerPage } from "./explorer-page.ts";
import { isInHeap } from "./heap.ts";
import type { Visit } from "./use-explorer.ts";

const apis = {
	oz: { refusal: "Wrong email or password", left: /^1[45]:\d\d$/ },
	kazunion: {
		refusal: "Wrong login or password",
		left: /^29 d 23 h$|^30 d 0 h$/,
	},
	oauth2: {
		refusal: "Wrong user name or password",
		left: /^59:\d\d$|^1 h 00 min$/,
	},
} as const;

export type Api = keyof typeof apis;

export const alertOf = ({ page }: ExplorerPage) =>
	page.locator(".sign-in").getByRole("alert").textContent();

export async function liveThrough(
	{ explorer, demo }: Visit,
	api: Api,
	adapter: "fetch" | "ky",
): Promise<void> {
	const { page, said } = explorer;
	await explorer.open(`api=${api}&adapter=${adapter}`);
	await explorer.signIn();
	await expect
		.poll(() => page.getByTestId("time-left").textContent())
		.toMatch(apis[api].left);
	await explorer.breakBy("Expire now", "lets the access token run out");
	expect(await explorer.send(50)).toMatch(
		/^50 requests: 50 × 200\. 1 refresh at the server; longest wait [\d.]+ m?s\.$/,
	);
	expect((await demo.overview()).apis[api]?.counters).toMatchObject({
		refreshRequests: 1,
		refreshes: 1,
		accepted: 50,
	});

	await explorer.click("Sign out");
	await expect.poll(explorer.status).toBe("unauthenticated");
	expect(await explorer.send(1)).toMatch(
		// a processor that is taken away for 20 ms between the click and the sending is a wait, too, and is told
		/^1 request: 1 × 401\. 0 refreshes at the server(?:; longest wait [\d.]+ m?s)?\.$/,
	);
	expect(await isInHeap(page, CANARY)).toBe(false);
	expect(said.filter((text) => text.includes(CANARY))).toEqual([]);
}

export async function beRefused({ explorer }: Visit, api: Api): Promise<void> {
	await explorer.open(`api=${api}`);
	await explorer.click("Wrong password");
	await explorer.click("Sign in");
	await expect
		.poll(() => alertOf(explorer))
		.toBe(`${apis[api].refusal} rejected`);
	expect(await explorer.status()).toBe("unauthenticated");
}
