import {
	createMemoryStore,
	defineStore,
	type SessionRecord,
	type Store,
} from "@keyturn/core";
import { describe, expect, test } from "vitest";
import { createSharedStore } from "./shared-store.ts";
import type { StoreUnderTest } from "./store-check.ts";
import { storeConformance } from "./store-conformance.ts";

const places: Readonly<Record<string, () => StoreUnderTest>> = {
	"the memory store": () => {
		const store = createMemoryStore();
		return { store, peer: store };
	},
	"a shared store": () => {
		const shared = createSharedStore();
		return { store: shared.open(), peer: shared.open() };
	},
	"an asynchronous shared store": () => {
		const shared = createSharedStore({ kind: "async" });
		return { store: shared.open(), peer: shared.open() };
	},
};

for (const [name, make] of Object.entries(places))
	describe(name, () => {
		for (const check of storeConformance(make)) test(check.name, check.run);
	});

describe("a store with a fault is found out", () => {
	const never = {} as StoreUnderTest;

	/** A correct store to be broken in one place. */
	function sound() {
		const listeners = new Set<() => void>();
		const store = {
			listeners,
			record: null as SessionRecord | null,
			read: () => structuredClone(store.record),
			swap(
				expected: { epoch: number; generation: number } | null,
				next: SessionRecord,
			) {
				if (
					store.record?.epoch !== expected?.epoch ||
					store.record?.generation !== expected?.generation
				)
					return false;
				store.record = structuredClone(next);
				for (const listener of listeners) listener();
				return true;
			},
			subscribe(listener: () => void) {
				listeners.add(listener);
				return () => void listeners.delete(listener);
			},
		};
		return store;
	}

	const failures = async (make: () => StoreUnderTest): Promise<string[]> => {
		const failed = [];
		for (const { name, run } of storeConformance(make, { hintWaitMs: 20 }))
			try {
				await run();
			} catch (error) {
				// the check's own words, never the record
				expect(String(error)).not.toContain("kt-canary-");
				failed.push(name);
			}
		return failed;
	};

	test("the sound one passes everything", async () => {
		expect(
			await failures(() => {
				const store = sound();
				return { store, peer: store };
			}),
		).toEqual([]);
	});

	test("one that cannot tell passes too, as it is and as a session's store", async () => {
		const make = (dress: (store: Store) => Store) => () => {
			const { read, swap } = sound();
			const store = dress({ read, swap });
			return { store, peer: store };
		};
		expect(await failures(make((store) => store))).toEqual([]);
		expect(await failures(make(defineStore))).toEqual([]);
	});

	test("so does one that tells too often, and before its write is over", async () => {
		expect(
			await failures(() => {
				const store = sound();
				const eager: Store = {
					...store,
					async swap(expected, next) {
						for (const listener of store.listeners) listener();
						await new Promise((resolve) => setTimeout(resolve, 2));
						return store.swap(expected, next);
					},
				};
				return { store: eager, peer: eager };
			}),
		).toEqual([]);
	});

	test("nothing that is shared can be tested without a peer", async () => {
		const failed = await failures(
			() => ({ store: sound() }) as unknown as StoreUnderTest,
		);
		expect(failed).toHaveLength(storeConformance(() => never).length);
	});

	test.each<[string, (store: ReturnType<typeof sound>) => Partial<Store>]>([
		[
			"compares nothing",
			(store) => ({
				swap: (_, next) => store.swap(store.record, next),
			}),
		],
		[
			"compares the epoch only",
			(store) => ({
				swap: (expected, next) =>
					store.record?.epoch === expected?.epoch &&
					store.swap(store.record, next),
			}),
		],
		[
			"compares the generation only",
			(store) => ({
				swap: (expected, next) =>
					store.record?.generation === expected?.generation &&
					store.swap(store.record, next),
			}),
		],
		[
			"takes null for anything",
			(store) => ({
				swap: (expected, next) => store.swap(expected ?? store.record, next),
			}),
		],
		[
			"lets only newer stamps in",
			(store) => ({
				swap: (expected, next) =>
					next.epoch >= (store.record?.epoch ?? 0) &&
					store.swap(expected, next),
			}),
		],
		[
			"writes and says no",
			(store) => ({
				swap: (expected, next) => store.swap(expected, next) && false,
			}),
		],
		["gives the object itself", (store) => ({ read: () => store.record })],
		[
			"keeps the object itself",
			(store) => ({
				swap: (expected, next) => {
					const hasWon = store.swap(expected, next);
					if (hasWon) store.record = next;
					return hasWon;
				},
			}),
		],
		[
			"drops the user",
			(store) => ({
				read: () => store.record && { ...store.record, user: null },
			}),
		],
		[
			"reads tombstones as nothing",
			(store) => ({
				read: () =>
					store.record?.access ? structuredClone(store.record) : null,
			}),
		],
		[
			"checks, waits, and then writes",
			(store) => ({
				swap: async (expected, next) => {
					if (
						store.record?.epoch !== expected?.epoch ||
						store.record?.generation !== expected?.generation
					)
						return false;
					await Promise.resolve();
					return store.swap(store.record, next);
				},
			}),
		],
		[
			"tears pairs",
			(store) => {
				let old: string | null = null;
				return {
					read: async () => {
						const access = store.record?.access ?? null;
						await Promise.resolve();
						await Promise.resolve();
						old = store.record?.refresh ?? null;
						return store.record && { ...store.record, access, refresh: old };
					},
					swap: async (expected, next) => store.swap(expected, next),
				};
			},
		],
		[
			"has nothing for a moment at each write",
			(store) => ({
				swap: async (expected, next) => {
					const { record } = store;
					if (!record) return store.swap(expected, next);
					store.record = null;
					await Promise.resolve();
					store.record = record;
					return store.swap(expected, next);
				},
			}),
		],
		[
			"tells of first writes only",
			(store) => {
				let isQuiet = false;
				return {
					swap: (expected, next) => {
						isQuiet = !!expected;
						return store.swap(expected, next);
					},
					subscribe: (listener) =>
						store.subscribe(() => {
							if (!isQuiet) listener();
						}),
				};
			},
		],
		["tells nobody", () => ({ subscribe: () => () => {} })],
		[
			"tells those who have left",
			(store) => ({
				subscribe: (listener) => {
					store.subscribe(listener);
					return () => {};
				},
			}),
		],
	])("one that %s", async (_, damage) => {
		expect(
			await failures(() => {
				const store = sound();
				const damaged: Store = { ...store, ...damage(store) };
				return { store: damaged, peer: damaged };
			}),
		).not.toEqual([]);
	});
});
