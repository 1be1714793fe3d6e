/** The whole way in real Chromium, over real HTTP: each API through each adapter. */
import { CANARY } from "@keyturn/tooling/canary";
import { launchChromium } from "@keyturn/tooling/chromium";
import type { Browser } from "playwright-core";
import {
	afterAll,
	afterEach,
	beforeAll,
	beforeEach,
	describe,
	expect,
	test,
	vi,
} from "vitest";
import { type DemoServer, startDemo } from "./demo-server.ts";
import {
	type ExplorerPage,
	eventually,
	openExplorer,
} from "./explorer-page.ts";
import { isInHeap } from "./heap.ts";

vi.setConfig({ testTimeout: 90_000 });

let demo: DemoServer;
let browser: Browser;
let explorer: ExplorerPage;

beforeAll(async () => {
	demo = await startDemo({ isBuilt: true });
	browser = await launchChromium();
});
afterAll(async () => {
	await browser?.close();
	await demo?.[Symbol.asyncDispose]();
});
beforeEach(async () => {
	await demo.reset();
	explorer = await openExplorer(browser, demo.url);
});
afterEach(async () => {
	const uncaught = explorer.said.filter((text) => text.startsWith("uncaught"));
	await explorer[Symbol.asyncDispose]();
	expect(uncaught).toEqual([]);
});

const alert = () =>
	explorer.page.locator(".sign-in").getByRole("alert").textContent();

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

describe.each(["oz", "kazunion", "oauth2"] as const)("%s", (api) => {
	test.each(["fetch", "ky"] as const)(
		"through %s: sign in, fifty requests with an expired token, one refresh, sign out, nothing left",
		async (adapter) => {
			const { page, said } = explorer;
			await explorer.open(`api=${api}&adapter=${adapter}`);
			await explorer.signIn();
			await eventually(() =>
				page.getByTestId("time-left").textContent(),
			).toMatch(apis[api].left);
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
			await eventually(explorer.status).toBe("unauthenticated");
			expect(await explorer.send(1)).toBe(
				"1 request: 1 × 401. 0 refreshes at the server.",
			);
			expect(await isInHeap(page, CANARY)).toBe(false);
			expect(said.filter((text) => text.includes(CANARY))).toEqual([]);
		},
	);

	test("says what the API says about a wrong password, and no more", async () => {
		await explorer.open(`api=${api}`);
		await explorer.click("Wrong password");
		await explorer.click("Sign in");
		await eventually(alert).toBe(`${apis[api].refusal} rejected`);
		expect(await explorer.status()).toBe("unauthenticated");
	});
});

test("the search of the heap finds a token while there is one", async () => {
	await explorer.open("api=oz");
	await explorer.signIn();
	expect(await isInHeap(explorer.page, CANARY)).toBe(true);
});

test("Kazunion: an expired password without tokens is told from a wrong one", async () => {
	await explorer.open("api=kazunion");
	await explorer.click("Password expired, no tokens");
	await explorer.click("Sign in");
	await eventually(alert).toMatch(/password-expired$/);
});

test("Kazunion: an expired password with tokens signs in, and asks for a new one", async () => {
	await explorer.open("api=kazunion");
	await explorer.click("Password expired, tokens given");
	await explorer.signIn();
	await eventually(() =>
		explorer.page.getByText("ask for a new password").count(),
	).toBe(1);
});

test("Oz: each accepted request extends the session, and shows who is signed in", async () => {
	await explorer.open("api=oz");
	await explorer.click("Somebody else");
	await explorer.signIn();
	await eventually(() =>
		explorer.page.locator(".who strong").textContent(),
	).toMatch(/^Grace/);
	const before = (await demo.overview()).apis.oz?.sessions[0]?.expiresAtMs ?? 0;
	await explorer.send(1);
	const after = (await demo.overview()).apis.oz?.sessions[0]?.expiresAtMs ?? 0;
	expect(after).toBeGreaterThan(before);
});

test("two windows talk to the same authority", async () => {
	await explorer.open("api=oz");
	await explorer.signIn();
	await using other = await openExplorer(browser, demo.url);
	await other.open("api=oz");
	await other.signIn();
	expect((await demo.overview()).apis.oz?.sessions).toHaveLength(2);
});
