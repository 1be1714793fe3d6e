/** What of a session can be seen outside of it. */
import { CANARY } from "@keyturn/tooling/canary";
import type { Browser, Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import type { PageOptions } from "./page.ts";
import { type BenchOptions, openBench } from "./tabs.ts";

/** @param isDeep in every world and every storage; else in the first of each */
export function crossingTests(browser: () => Browser, isDeep: boolean): void {
	describe("no token crosses", () => {
		/** Notes every channel message, channel name, lock name, custom event and storage event that this page can see. */
		const spy = (page: Page) =>
			page.addInitScript(() => {
				const crossed: unknown[] = [];
				Object.assign(window, { crossed });
				const note = (kind: string, ...what: unknown[]) =>
					crossed.push([kind, ...what]);
				const Channel = window.BroadcastChannel;
				if (Channel)
					window.BroadcastChannel = class extends Channel {
						constructor(name: string) {
							super(name);
							note("channel", name);
						}
						override postMessage(message: unknown) {
							note("message", message);
							super.postMessage(message);
						}
					};
				if (navigator.locks) {
					const { request } = navigator.locks;
					navigator.locks.request = ((name: string, ...rest: unknown[]) => {
						note("lock", name);
						return (request as (...args: unknown[]) => unknown).call(
							navigator.locks,
							name,
							...rest,
						);
					}) as typeof request;
				}
				const { dispatchEvent } = EventTarget.prototype;
				EventTarget.prototype.dispatchEvent = function (event) {
					note("event", event.type, (event as CustomEvent).detail);
					return dispatchEvent.call(this, event);
				};
				addEventListener("storage", ({ key, oldValue, newValue }) =>
					note("storage", key, oldValue, newValue),
				);
			});

		const worlds: readonly (readonly [string, BenchOptions, PageOptions])[] = [
			["as it comes", {}, {}],
			["sealed", {}, { isSealed: true }],
			["without locks", { without: ["locks"] }, {}],
			["without BroadcastChannel", { without: ["BroadcastChannel"] }, {}],
			[
				"but for the storage event of localStorage itself",
				{},
				{ storage: "local" },
			],
		];
		test.each(isDeep ? worlds : worlds.slice(0, 1))(
			"B109 %s",
			async (_, options, pageOptions) => {
				await using bench = await openBench(browser(), options);
				const pages = await Promise.all([
					bench.context.newPage(),
					bench.context.newPage(),
				]);
				const hash = encodeURIComponent(JSON.stringify(pageOptions));
				const tabs = await Promise.all(
					pages.map(async (page) => {
						await spy(page);
						await page.goto(`${bench.url}/#${hash}`);
						return bench.adopt(page);
					}),
				);
				const [first, second] = tabs;
				await first?.signIn();
				await second?.reaches("authenticated", 1);
				bench.authority.expireNow();
				await Promise.all(tabs.map((tab) => tab.call()));
				await Promise.all(tabs.map((tab) => tab.reaches("authenticated", 2)));
				await second?.signOut();
				await first?.reaches("unauthenticated");
				const crossed = await Promise.all(
					pages.map((page) =>
						page.evaluate(
							() => (window as unknown as { crossed: unknown[][] }).crossed,
						),
					),
				);
				const all = JSON.stringify(
					crossed.flat().filter(
						// the platform's own event; who gets it can read the storage as well
						([kind, key]) =>
							kind !== "storage" || key !== "keyturn:app:session",
					),
				);
				// the spy has seen something
				expect(all).toContain(
					options.without?.includes("BroadcastChannel")
						? '["storage","keyturn:app:hint"'
						: '["message","changed/1"]',
				);
				if (!options.without?.includes("locks"))
					expect(all).toContain(
						`["lock","keyturn:oauth2:public@${bench.url}:app"]`,
					);
				expect([all, ...bench.urls].join()).not.toContain(CANARY);
			},
		);
	});
}
