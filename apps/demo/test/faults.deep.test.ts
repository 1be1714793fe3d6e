/** Every control that breaks something, and what is seen of it. */
import { beforeEach, expect, test } from "vitest";
import type { ExplorerPage } from "./explorer-page.ts";
import { useExplorer } from "./use-explorer.ts";

const visit = useExplorer();
let explorer: ExplorerPage;
beforeEach(async () => {
	({ explorer } = visit());
	await explorer.open("api=oz");
	await explorer.signIn();
});

const note = () => explorer.page.locator(".live [role=status]").textContent();
const oz = async () => (await visit().demo.overview()).apis.oz;
const counters = async () => (await oz())?.counters;

test("a lost token costs one refresh", async () => {
	await explorer.breakBy("Lose my token", "does not know the access token");
	expect(await explorer.send(1)).toMatch(/^1 request: 1 × 200\. 1 refresh at/);
});

test("a revoked session ends at the next request, and says so", async () => {
	await explorer.breakBy("Revoke the session", "Neither token is good");
	await explorer.send(1);
	await expect.poll(explorer.status).toBe("unauthenticated");
	await expect
		.poll(() => explorer.page.locator(".session-card > .note").textContent())
		.toMatch(/^The server has ended the session\. .+ rejected$/);
});

test("a pair renewed by somebody else ends the session, because the server takes us for a thief", async () => {
	await explorer.breakBy("Rotate elsewhere", "used our refresh token");
	await explorer.breakBy("Expire now", "lets the access token run out");
	await explorer.send(1);
	await expect.poll(explorer.status).toBe("unauthenticated");
	expect(await counters()).toMatchObject({ reuses: 1 });
});

test("a hanging refresh leaves the token in use", async () => {
	await explorer.breakBy("Hang", "never answered");
	await explorer.click("Refresh now");
	await expect.poll(explorer.status).toBe("refreshing");
	expect(await explorer.send(1)).toMatch(/^1 request: 1 × 200\. 0 refreshes/);
});

test("a lost answer puts the refresh token in doubt, and the session goes on", async () => {
	await explorer.breakBy("Lose the answer", "in the middle of the answer");
	await explorer.click("Refresh now");
	await expect.poll(note).toMatch(/in-doubt$/);
	expect(await explorer.status()).toBe("authenticated");
	expect(await explorer.send(1)).toMatch(/^1 request: 1 × 200\. 0 refreshes/);
	expect(await counters()).toMatchObject({ refreshRequests: 1, reuses: 0 });
});

test("a portal's page is not an answer", async () => {
	await explorer.breakBy("Portal page", "200, with HTML");
	await explorer.click("Refresh now");
	await expect.poll(note).toMatch(/bad-response$/);
	expect(await explorer.status()).toBe("authenticated");
});

test("B105 D3 S16 a redirect to a stranger does not take the token along", async () => {
	const met: Record<string, string>[] = [];
	await explorer.page.route(
		(url) => url.port === "9",
		(route) => {
			met.push(route.request().headers());
			return route.fulfill({
				headers: { "access-control-allow-origin": "*" },
				body: "a stranger",
			});
		},
	);
	await explorer.breakBy("Redirect to a stranger", "another origin");
	expect(await explorer.send(1)).toMatch(/^1 request: 1 × /);
	expect(met.flatMap(Object.keys)).not.toContain("x-forensic-access-token");
});

test("503 so many times: tried again after a while, nobody is signed out", async () => {
	const times = explorer.page.getByLabel("times");
	await times.fill("1");
	await explorer.breakBy("503", "The next refresh is answered with 503.");
	await explorer.breakBy("Expire now", "lets the access token run out");
	expect(await explorer.send(1)).toMatch(/^1 request: 1 × 200\. 1 refresh at/);
	expect(await counters()).toMatchObject({ refreshRequests: 2, refreshes: 1 });
});

test("a rate limit is waited for, not hammered at", async () => {
	await explorer.page.getByLabel("seconds", { exact: true }).fill("600");
	await explorer.breakBy("Rate limit", "come back in 600 seconds");
	await explorer.breakBy("Expire now", "lets the access token run out");
	expect(await explorer.send(50)).toMatch(/^50 requests: 50 × unavailable/);
	expect(await explorer.status()).toBe("expired");
	expect(await counters()).toMatchObject({ refreshRequests: 1 });
});

test("offline, the session is kept; online again, it goes on", async () => {
	const offline = explorer.page.getByRole("switch", { name: "Offline" });
	await offline.click();
	expect(await offline.getAttribute("aria-checked")).toBe("true");
	expect(await explorer.send(1)).toMatch(/^1 request: 1 × network error/);
	await explorer.click("Refresh now");
	await expect.poll(note).toMatch(/unavailable$/);
	expect(await explorer.status()).toBe("authenticated");
	await offline.click();
	expect(await explorer.send(1)).toMatch(/^1 request: 1 × 200/);
});

test("after eight hours of sleep the first request waits for one refresh", async () => {
	await explorer.breakBy("Sleep 8 hours", "eight hours");
	await expect.poll(counters).toMatchObject({ refreshes: 1 });
	expect(await explorer.send(50)).toMatch(/^50 requests: 50 × 200/);
	expect(await counters()).toMatchObject({ refreshes: 1, unauthorized: 0 });
});

test("a server whose clock is an hour ahead or behind changes nothing", async () => {
	for (const [clock, offsetMs] of [
		["an hour ahead", 3_600_000],
		["an hour behind", -3_600_000],
	] as const) {
		await explorer.page.getByLabel("Its clock").selectOption(clock);
		await expect
			.poll(() =>
				explorer.page.locator(".fault-card").getByRole("status").textContent(),
			)
			.toBe("The server's clock is moved.");
		// the second time, the words stand there already
		await expect.poll(async () => (await oz())?.clockOffsetMs).toBe(offsetMs);
		await explorer.click("Sign out");
		await explorer.signIn();
		await expect
			.poll(() => explorer.page.getByTestId("time-left").textContent())
			.toMatch(/^1[45]:\d\d$/);
		expect(await explorer.send(1)).toMatch(/^1 request: 1 × 200\. 0 refreshes/);
	}
});

test("short lifetimes can be chosen, and the bar shows them", async () => {
	await explorer.page.getByLabel("Tokens live").selectOption("20 seconds");
	await expect.poll(async () => (await oz())?.lifetimeMs).toBe(20_000);
	await explorer.click("Sign out");
	await explorer.signIn();
	await expect
		.poll(() => explorer.page.getByTestId("time-left").textContent())
		.toMatch(/^00:1\d$|^00:2[01]$/);
	expect(
		await explorer.page.locator(".lifetime-bar").getAttribute("aria-label"),
	).toMatch(
		// Counted from the answer's `Date`, which knows no fractions: a second more where the answer crossed a full second.
		/left of 00:2[01]; background renewal 00:0\d before the end/,
	);
});

test("the delay of answers can be chosen", async () => {
	await explorer.page.getByLabel("Answers in").selectOption("300 ms");
	await expect
		.poll(async () => (await visit().demo.overview()).latencyMs)
		.toBe(300);
	await explorer.page.getByLabel("Answers in").selectOption("60 ms");
	await expect
		.poll(async () => (await visit().demo.overview()).latencyMs)
		.toBe(60);
});

test("resetting the server ends what it knew", async () => {
	await explorer.breakBy("Portal page", "200, with HTML");
	await explorer.breakBy("Reset the server", "forgotten everything");
	expect((await oz())?.sessions).toEqual([]);
	await explorer.send(1);
	await expect.poll(explorer.status).toBe("unauthenticated");
	// what did not happen is not on the timeline
	const deeds = await explorer.page.locator(".deed title").allTextContents();
	expect(deeds).toContain("Server reset");
	expect(deeds).not.toContain("Online again");
});
