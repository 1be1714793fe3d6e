/** The whole way in real Chromium, over real HTTP: each API through each adapter. */
import { CANARY } from "@keyturn/tooling/canary";
import { launchChromium } from "@keyturn/tooling/chromium";
import type { Browser, Page } from "playwright-core";
import {
	afterAll,
	afterEach,
	beforeAll,
	beforeEach,
	describe,
	expect,
	test,
} from "vitest";
import { type DemoServer, startDemo } from "./demo-server.ts";
import { isInHeap } from "./heap.ts";

let demo: DemoServer;
let browser: Browser;
let page: Page;
let said: string[];

beforeAll(async () => {
	demo = await startDemo();
	browser = await launchChromium();
});
afterAll(async () => {
	await browser?.close();
	await demo?.[Symbol.asyncDispose]();
});
beforeEach(async () => {
	await demo.reset();
	page = await (await browser.newContext()).newPage();
	said = [];
	page.on("console", (message) => said.push(message.text()));
	page.on("pageerror", (error) => said.push(`uncaught ${error.stack}`));
});
afterEach(() => page.context().close());

const button = (name: string) =>
	page.getByRole("button", { name, exact: true });
const status = () => page.getByTestId("status").first();
const summary = () => page.getByTestId("summary");

/** Two cores may be busy with other tests: what counts is that it happens. */
const eventually = <Value>(read: () => Value | Promise<Value>) =>
	expect.poll(read, { timeout: 20_000 });
const open = (query: string) => page.goto(`${demo.url}?${query}`);

const samples = {
	oz: "Wrong email or password",
	kazunion: "Wrong login or password",
} as const;

describe.each(["oz", "kazunion"] as const)("%s", (api) => {
	test.each(["fetch", "ky"] as const)(
		"through %s: sign in, fifty requests with an expired token, one refresh, sign out",
		async (adapter) => {
			await open(`api=${api}&adapter=${adapter}`);
			await button("Sign in").click();
			await eventually(() => status().textContent()).toBe("authenticated");
			await eventually(() =>
				page.getByTestId("time-left").textContent(),
			).toMatch(api === "oz" ? /^1[45]:\d\d$/ : /^29 d 23 h$|^30 d 0 h$/);

			await button("Expire now").click();
			await eventually(() =>
				page.getByText("The server lets the access token run out").count(),
			).toBe(1);
			await button("50 requests").click();
			await eventually(() => summary().textContent()).toMatch(
				/^50 requests: 50 × 200\. 1 refresh at the server/,
			);
			const { counters } = (await demo.overview()).apis[api] ?? {};
			expect(counters).toMatchObject({
				refreshRequests: 1,
				refreshes: 1,
				accepted: 50,
			});

			await button("Sign out").click();
			await eventually(() => status().textContent()).toBe("unauthenticated");
			await button("1 request").click();
			await eventually(() => summary().textContent()).toMatch(
				/^1 request: 1 × 401\. 0 refreshes/,
			);
			expect(await isInHeap(page, CANARY)).toBe(false);
			expect(said.filter((text) => text.includes(CANARY))).toEqual([]);
			expect(said.filter((text) => text.startsWith("uncaught"))).toEqual([]);
		},
	);

	test("says what the API says about a wrong password, and no more", async () => {
		await open(`api=${api}`);
		await button("Wrong password").click();
		await button("Sign in").click();
		const alert = page.locator(".sign-in").getByRole("alert");
		await eventually(() => alert.textContent()).toBe(
			`${samples[api]} rejected`,
		);
		expect(await status().textContent()).toBe("unauthenticated");
		expect(said.filter((text) => text.startsWith("uncaught"))).toEqual([]);
	});
});

test("Kazunion: an expired password without tokens is told from a wrong one", async () => {
	await open("api=kazunion");
	await button("Password expired, no tokens").click();
	await button("Sign in").click();
	const alert = page.locator(".sign-in").getByRole("alert");
	await eventually(() => alert.textContent()).toMatch(/password-expired$/);
});

test("Kazunion: an expired password with tokens signs in, and asks for a new one", async () => {
	await open("api=kazunion");
	await button("Password expired, tokens given").click();
	await button("Sign in").click();
	await eventually(() => status().textContent()).toBe("authenticated");
	await eventually(() =>
		page.getByText("The password has expired.").count(),
	).toBe(1);
});

test("a lost token costs one refresh", async () => {
	await open("api=oz");
	await button("Sign in").click();
	await eventually(() => status().textContent()).toBe("authenticated");
	await button("Lose my token").click();
	await eventually(() =>
		page.getByText("does not know the access token any more").count(),
	).toBe(1);
	await button("1 request").click();
	await eventually(() => summary().textContent()).toMatch(
		/^1 request: 1 × 200\. 1 refresh at the server/,
	);
});

test("the search of the heap finds a token while there is one", async () => {
	await open("api=oz");
	await button("Sign in").click();
	await eventually(() => status().textContent()).toBe("authenticated");
	expect(await isInHeap(page, CANARY)).toBe(true);
});

test("two windows talk to the same authority", async () => {
	await open("api=oz");
	await button("Sign in").click();
	await eventually(() => status().textContent()).toBe("authenticated");
	const other = await page.context().newPage();
	await other.goto(`${demo.url}?api=oz`);
	await other.getByRole("button", { name: "Sign in", exact: true }).click();
	await eventually(
		async () => (await demo.overview()).apis.oz?.sessions.length,
	).toBe(2);
});
