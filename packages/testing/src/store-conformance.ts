/**
 * What every store must do, as a list of checks that any test runner can run.
 * Over 200 lines because it is a list, and is read as one.
 */
import type { SessionRecord } from "@keyturn/core";
import {
	heard,
	must,
	mustHold,
	record,
	type StoreUnderTest,
	stampOf,
	tombstone,
} from "./store-check.ts";

export interface StoreCheck {
	/** In the present tense, for a test's title. */
	readonly name: string;
	/** Rejects with an `Error` that says what was wrong, without the record's content. */
	run(): Promise<void>;
}

export interface StoreConformanceOptions {
	/** How long a peer may take to hear of a write, ms. Default 2,000. */
	readonly hintWaitMs?: number;
}

type Check = (place: StoreUnderTest, hintWaitMs: number) => Promise<void>;

const checks: Readonly<Record<string, Check>> = {
	"is empty at first": ({ store }) => mustHold(store, null, "at first"),

	"gives back what was written": async ({ store }) => {
		const written = record(1_800_000_000, 1);
		must((await store.swap(null, written)) === true, "the swap did not write");
		await mustHold(store, written, "after a write");
	},

	"keeps null tokens, null lifetimes and tombstones": async ({ store }) => {
		const bare = record(5, 1, { refresh: null, lifetimeMs: null, user: null });
		await store.swap(null, bare);
		await mustHold(store, bare, "without refresh token");
		must(
			(await store.swap(stampOf(bare), tombstone(6))) === true,
			"the tombstone was not written",
		);
		await mustHold(store, tombstone(6), "after a tombstone");
	},

	"refuses a write that expects nothing, when something is there": async ({
		store,
	}) => {
		await store.swap(null, record(1, 1));
		must(
			(await store.swap(null, record(2, 1))) === false,
			"the swap wrote over a record",
		);
		await mustHold(store, record(1, 1), "after a refused write");
	},

	"refuses a write that expects something, when nothing is there": async ({
		store,
	}) => {
		must(
			(await store.swap({ epoch: 1, generation: 1 }, record(1, 2))) === false,
			"the swap wrote into an empty store",
		);
		await mustHold(store, null, "after a refused write");
	},

	"refuses a write that expects another epoch or generation": async ({
		store,
	}) => {
		await store.swap(null, record(3, 3));
		for (const expected of [
			{ epoch: 3, generation: 2 },
			{ epoch: 3, generation: 4 },
			{ epoch: 2, generation: 3 },
			{ epoch: 4, generation: 3 },
			{ epoch: 0, generation: 0 },
		])
			must(
				(await store.swap(expected, record(9, 9))) === false,
				`the swap wrote although it expected ${expected.epoch}/${expected.generation}`,
			);
		await mustHold(store, record(3, 3), "after refused writes");
	},

	"lets an older stamp be written over a newer one, when that is expected":
		async ({ store }) => {
			// which record is the newer one is for the session to say; a store only compares
			await store.swap(null, record(7, 7));
			must(
				(await store.swap({ epoch: 7, generation: 7 }, record(2, 1))) === true,
				"the swap refused although its expectation was right",
			);
			await mustHold(store, record(2, 1), "after the write");
		},

	"goes through a chain of generations": async ({ store }) => {
		await store.swap(null, record(1, 1));
		for (let generation = 1; generation < 20; generation++)
			must(
				(await store.swap(
					{ epoch: 1, generation },
					record(1, generation + 1),
				)) === true,
				`generation ${generation + 1} was refused`,
			);
		await mustHold(store, record(1, 20), "at the end");
	},

	"lets exactly one of many writers win": async ({ store, peer }) => {
		await store.swap(null, record(1, 1));
		const won = await Promise.all(
			Array.from({ length: 20 }, (_, index) =>
				(index % 2 ? peer : store).swap(
					{ epoch: 1, generation: 1 },
					record(1, 2, { user: index }),
				),
			),
		);
		const winners = won.flatMap((hasWon, index) => (hasWon ? [index] : []));
		must(winners.length === 1, `${winners.length} of 20 writers won`);
		await mustHold(store, record(1, 2, { user: winners[0] }), "after the race");
	},

	"lets exactly one of many first writers win": async ({ store, peer }) => {
		const won = await Promise.all(
			Array.from({ length: 10 }, (_, index) =>
				(index % 2 ? peer : store).swap(null, record(index + 1, 1)),
			),
		);
		const winners = won.flatMap((hasWon, index) => (hasWon ? [index] : []));
		must(winners.length === 1, `${winners.length} of 10 writers won`);
		await mustHold(
			store,
			record((winners[0] as number) + 1, 1),
			"after the race",
		);
	},

	"never shows a torn pair, nor none between two": async ({ store, peer }) => {
		await store.swap(null, record(1, 1));
		const writing = (async () => {
			for (let generation = 1; generation < 30; generation++)
				await store.swap({ epoch: 1, generation }, record(1, generation + 1));
		})();
		for (let look = 0; look < 30; look++) {
			const seen = await peer.read();
			must(seen?.access != null, "between two writes nothing was read");
			must(
				seen.access.replace("access", "refresh") === seen.refresh,
				"an access token was read with another pair's refresh token",
			);
		}
		await writing;
	},

	"shares no object with its callers": async ({ store }) => {
		const written = structuredClone(record(1, 1)) as {
			user: unknown;
		} & SessionRecord;
		await store.swap(null, written);
		(written.user as { name: string }).name = "changed after writing";
		await mustHold(store, record(1, 1), "after a change to the written object");
		const seen = (await store.read()) as SessionRecord;
		(seen.user as { name: string }).name = "changed after reading";
		await mustHold(store, record(1, 1), "after a change to the read object");
	},

	"keeps a user of 100 kB": async ({ store }) => {
		const big = record(1, 1, { user: "x".repeat(100_000) });
		await store.swap(null, big);
		await mustHold(store, big, "after a long record");
	},

	"shows a peer what was written": async ({ store, peer }) => {
		await store.swap(null, record(1, 1));
		await mustHold(peer, record(1, 1), "at the peer");
		must(
			(await peer.swap({ epoch: 1, generation: 1 }, record(1, 2))) === true,
			"the peer's swap was refused",
		);
		await mustHold(store, record(1, 2), "after the peer's write");
	},

	"tells a peer of the first write, of a renewal and of the end": async (
		place,
		hintWaitMs,
	) => {
		await heard(place, hintWaitMs);
		await heard(place, hintWaitMs, stampOf(record(1, 1)), record(1, 2));
		await heard(place, hintWaitMs, stampOf(record(1, 2)), tombstone(2));
	},

	"tells nobody who has unsubscribed": async ({ store, peer }, hintWaitMs) => {
		if (!peer.subscribe) return;
		let calls = 0;
		const count = () => {
			calls++;
		};
		peer.subscribe(count)();
		// a second listener tells when the hint has come; the first must have kept quiet by then
		await heard({ store, peer }, hintWaitMs);
		must(calls === 0, "a listener was called after it had unsubscribed");
	},
};

/**
 * @param make opens a fresh, empty place; called once for each check
 *
 * @example
 * let places = 0;
 * const make = () => {
 * 	const place = `test-${++places}`;
 * 	return { store: createMyStore(place), peer: createMyStore(place) };
 * };
 * for (const { name, run } of storeConformance(make)) test(`my store ${name}`, run);
 */
export function storeConformance(
	make: () => StoreUnderTest | Promise<StoreUnderTest>,
	{ hintWaitMs = 2_000 }: StoreConformanceOptions = {},
): readonly StoreCheck[] {
	return Object.entries(checks).map(([name, check]) => ({
		name,
		async run() {
			const place = await make();
			try {
				must(!!place.peer, "make() gave no peer");
				await check(place, hintWaitMs);
			} finally {
				await place.dispose?.();
			}
		},
	}));
}
