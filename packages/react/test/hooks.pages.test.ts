/** The hooks in real Chromium, with both major versions of React. What is done there stands in `scenarios/`. */
import { launchChromium } from "@keyturn/tooling/chromium";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bundle, majors } from "./bundle.ts";

let browser: Browser;
beforeAll(async () => {
	browser = await launchChromium();
});
afterAll(() => browser?.close());

describe.each(majors)("React %i", (major) => {
	let page: Page;
	beforeAll(async () => {
		page = await browser.newPage();
		await page.setContent("<!doctype html><title>hooks</title>");
		await page.addScriptTag({
			content: await bundle("./scenarios/index.ts", major, "browser"),
		});
	});
	afterAll(() => page?.close());

	const play = (name: string): Promise<unknown> =>
		page.evaluate((one) => globalThis.scenarios[one]?.(), name);

	test("is what the page runs", async () => {
		expect(await play("major")).toBe(major);
	});

	test("B112 StrictMode: one subscription a hook, one refresh, nothing left, and the session outlives React", async () => {
		expect(await play("strictMode")).toEqual({
			mounted: 4,
			unmounted: 0,
			refreshes: 1,
			text: "authenticated authenticatedauthenticated authenticated",
			isGrantedWithoutReact: true,
			timersAfterClose: 0,
		});
	});

	test("renders a slice when it changes, and children of a gate not at all", async () => {
		// the slice, the whole state, inside the gate
		expect(await play("renderCounts")).toEqual({
			mounted: [1, 1, 0],
			"signed in": [2, 3, 1],
			refreshed: [2, 5, 1],
			"signed out": [3, 6, 1],
		});
	});

	test("B113 gives the same selection for the same state, also with a new selector at each render", async () => {
		expect(await play("slices")).toEqual({
			renders: 6,
			distinct: 1,
			plainRenders: 3,
			text: "authenticated",
			complaints: [],
		});
	});

	test("B114 hydrates what the server rendered without a session, and shows the session after it", async () => {
		expect(await play("hydrate")).toEqual({
			seen: ["restoring", "Ada"],
			hasToken: false,
			complaints: [],
		});
	});

	test("B114 hydrates what the server rendered with a session, and never shows anything else", async () => {
		expect(await play("hydrateWithState")).toEqual({
			seen: ["Ada"],
			hasToken: false,
			complaints: [],
		});
	});

	test("B115 a state that changes in mid-render never shows twice in one commit", async () => {
		expect(await play("noTearing")).toBe(1);
	});

	test("B115 a hook written by hand tears in the same scenario", async () => {
		expect(await play("tearingByHand")).toBeGreaterThan(1);
	});

	test("signIn gives its error, and the last of two wins", async () => {
		expect(await play("signingIn")).toEqual({
			seen: [
				"unauthenticated idle no error",
				"unauthenticated pending no error",
				"unauthenticated idle rejected",
				"unauthenticated pending no error",
				// the state is shown at once, the promise settles after it
				"authenticated pending no error",
				"authenticated idle no error",
			],
			wrong: { code: "rejected", detail: "Wrong password" },
			first: "superseded",
			second: null,
			stranger: "mine",
			user: { name: "Grace" },
			hasTokens: false,
			complaints: [],
		});
	});

	test("B118 unmounting disturbs neither a sign-in nor a refresh", async () => {
		expect(await play("unmounting")).toEqual({
			error: null,
			listening: 0,
			generation: 2,
			status: "authenticated",
			complaints: [],
		});
	});

	test("B119 a replaced session is let go, and the new one taken up", async () => {
		expect(await play("replacing")).toEqual({
			before: ["Ada", 4, 0],
			after: ["Grace", 0, 4],
			oldTimers: 0,
		});
	});

	test("suspends until a slow store has been read, and not at all for a fast one", async () => {
		expect(await play("suspense")).toEqual(["waiting", "Ada", "Grace"]);
	});

	if (major === 19)
		test("use(auth.ready) and actions work as they are", async () => {
			expect(await play("nineteen")).toEqual({
				used: ["waiting", "Ada"],
				seen: [
					"idle no error",
					"pending no error",
					"idle rejected",
					"pending rejected",
					"idle no error",
				],
				// React would hold it back until the action is over
				own: [
					"idle no error",
					"pending no error",
					"idle rejected",
					"pending no error",
					"idle no error",
				],
				status: "authenticated",
			});
		});

	test("says what is missing outside of a provider", async () => {
		expect(await play("outside")).toEqual({
			text: "caught",
			message: "AuthError: invalid-option: AuthProvider",
		});
	});

	test("two kinds of sessions live in one tree", async () => {
		expect(await play("twoKinds")).toBe("Ada and Grace");
	});
});
