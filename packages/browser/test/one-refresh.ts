/** Many tabs, one refresh: with single-use refresh tokens and reuse detection, where a second one would end the session. */
import type { Browser } from "playwright-core";
import { expect } from "vitest";
import type { PageOptions } from "./page.ts";
import { type BenchOptions, openBench } from "./tabs.ts";

export interface World {
	readonly name: string;
	readonly bench: BenchOptions;
	readonly page: PageOptions;
	readonly exclusion: string;
}

const locks = { bench: {}, page: {}, exclusion: "web-locks" } as const;
const lease = {
	bench: { without: ["locks"] },
	page: {},
	exclusion: "indexeddb-lease",
} as const;

export const worlds: readonly World[] = [
	{ ...locks, name: "Web Locks" },
	{ ...locks, name: "Web Locks, localStorage", page: { storage: "local" } },
	{ ...locks, name: "Web Locks, sealed", page: { isSealed: true } },
	{
		...locks,
		name: "Web Locks, no BroadcastChannel",
		bench: { without: ["BroadcastChannel"] },
	},
	{ ...lease, name: "the fallback lease" },
	{
		...lease,
		name: "the fallback lease, localStorage",
		page: { storage: "local" },
	},
];

/** Each round all access tokens expire, and every tab calls the API at once. */
export async function refreshInRounds(
	browser: Browser,
	world: World,
	count: number,
	rounds: number,
): Promise<void> {
	await using bench = await openBench(browser, world.bench);
	const { authority } = bench;
	const tabs = await bench.openMany(count, world.page);
	expect(await tabs[0]?.signIn()).toBe("authenticated");
	await Promise.all(tabs.map((tab) => tab.reaches("authenticated", 1)));
	for (let round = 1; round <= rounds; round++) {
		authority.expireNow();
		const statuses = await Promise.all(tabs.map((tab) => tab.call()));
		expect(statuses).toEqual(tabs.map(() => 200));
		expect(authority.counters).toMatchObject({
			refreshRequests: round,
			refreshes: round,
			reuses: 0,
		});
	}
	await Promise.all(
		tabs.map((tab) => tab.reaches("authenticated", 1 + rounds)),
	);
	expect(
		await tabs[0]?.page.evaluate(() => window.keyturn.diagnostics().exclusion),
	).toBe(world.exclusion);
}
