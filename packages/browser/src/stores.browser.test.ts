/**
 * What all stores of this package promise, each on the real storage of this page. Over 200 lines: one list, read as one.
 */
import type { SessionRecord } from "@keyturn/core";
import { storeConformance } from "@keyturn/testing";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { getEntry, putEntry } from "../test/entries.ts";
import { record, tombstone } from "../test/record.ts";
import type { BrowserStore, StoreOptions } from "./browser-store.ts";
import { deviceSeal } from "./encryption.ts";
import { indexedDbStore, type StorageFault, webStorageStore } from "./index.ts";

interface Kind {
	create(key: string, options?: StoreOptions): BrowserStore;
	get(name: string): unknown;
	put(name: string, value: unknown): unknown;
}

const text = (area: Storage): Pick<Kind, "get" | "put"> => ({
	get: (name) => {
		const found = area.getItem(name);
		return found === null ? undefined : JSON.parse(found);
	},
	put: (name, value) =>
		area.setItem(
			name,
			typeof value === "string" ? value : JSON.stringify(value),
		),
});

const kinds: Readonly<Record<string, Kind>> = {
	localStorage: { create: webStorageStore, ...text(localStorage) },
	sessionStorage: {
		create: (key, options) =>
			webStorageStore(key, { ...options, storage: "session" }),
		...text(sessionStorage),
	},
	indexedDB: { create: indexedDbStore, get: getEntry, put: putEntry },
	"indexedDB, sealed": {
		create: (key, options) =>
			indexedDbStore(key, { ...options, seal: deviceSeal() }),
		get: getEntry,
		put: putEntry,
	},
};

let count = 0;
const freshKey = () => `stores-${++count}`;
const nameOf = (key: string) => `keyturn:${key}:session`;

afterEach(() => {
	vi.restoreAllMocks();
});

describe.each(Object.entries(kinds))("%s", (_, { create, get, put }) => {
	function open() {
		const key = freshKey();
		const faults: StorageFault[] = [];
		const store = create(key, { onFault: (fault) => faults.push(fault) });
		return { key, faults, store, name: nameOf(key) };
	}

	describe("what every store must do", () => {
		beforeEach(() => {
			// localStorage keeps the lock for a while after each write
			const { setTimeout } = globalThis;
			vi.spyOn(globalThis, "setTimeout").mockImplementation(((
				callback: () => void,
				delayMs: number,
			) => setTimeout(callback, delayMs === 100 ? 0 : delayMs)) as never);
		});
		const checks = storeConformance(
			() => {
				const key = freshKey();
				return { store: create(key), peer: create(key) };
			},
			// as long as the other waits: a busy machine is no store that cannot tell
			{ hintWaitMs: 20_000 },
		);
		for (const { name, run } of checks) test(name, run);
	});

	test("reads nothing where nothing is", async () => {
		const { store, faults } = open();
		expect(await store.read()).toBe(null);
		expect(faults).toEqual([]);
	});

	test("gives back what it was given, also after a reload", async () => {
		const { key, store } = open();
		expect(await store.swap(null, record(7, 1))).toBe(true);
		expect(await store.read()).toEqual(record(7, 1));
		expect(await create(key).read()).toEqual(record(7, 1));
	});

	test.each([
		[
			"nothing is there, something is expected",
			null,
			{ epoch: 1, generation: 1 },
		],
		["something is there, nothing is expected", record(7, 1), null],
		["an older generation is expected", record(7, 2), record(7, 1)],
		["another epoch is expected", record(7, 1), record(6, 1)],
	])("refuses to write when %s", async (_, there, expected) => {
		const { store } = open();
		if (there) await store.swap(null, there);
		expect(await store.swap(expected, record(9, 9))).toBe(false);
		expect(await store.read()).toEqual(there);
	});

	test("lets one of many writers with the same expectation win", async () => {
		const { key, store } = open();
		await store.swap(null, record(7, 1));
		const written = await Promise.all(
			Array.from({ length: 8 }, (_, index) =>
				create(key).swap(record(7, 1), record(8, index)),
			),
		);
		expect(written.filter(Boolean)).toHaveLength(1);
		expect((await store.read())?.generation).toBe(written.indexOf(true));
	});

	test("leaves a tombstone without tokens and without the user", async () => {
		const { store, name } = open();
		await store.swap(null, record(7, 1));
		expect(await store.swap(record(7, 1), tombstone(8))).toBe(true);
		expect(await get(name)).toEqual(tombstone(8));
	});

	const { protocol: _protocol, ...nameless } = record(1, 1);
	test.each<[string, unknown]>([
		["truncated JSON", '{"schema":1,"protocol":"bench","epoch":7,"gen'],
		["null", null],
		["an array", []],
		["a number", 7],
		["an empty object", {}],
		["a prototype", '{"__proto__":{"schema":1,"protocol":"bench"}}'],
		["a megabyte", "x".repeat(1_000_000)],
		["a record of no protocol", nameless],
		["a token with a line break", record(1, 1, { access: "a\nb" })],
		["a generation that is no number", { ...record(1, 1), generation: "1" }],
		["no time", { ...record(1, 1), receivedAtMs: "now" }],
	])("B72 takes %s for nothing, and stores over it", async (_, poison) => {
		const { store, name, faults } = open();
		await put(name, poison);
		expect(await store.read()).toBe(null);
		expect(faults).toEqual(poison === null ? [] : ["corrupted"]);
		expect(await store.swap(null, record(7, 1))).toBe(true);
		expect(await store.read()).toEqual(record(7, 1));
	});

	test("B68 neither uses nor overwrites a record of a newer schema", async () => {
		const { store, name, faults } = open();
		const newer = { schema: 2, tokens: "elsewhere" };
		await put(name, newer);
		expect(await store.read()).toBe(null);
		await expect(store.swap(null, record(7, 1))).rejects.toMatchObject({
			code: "port-failed",
			detail: "newer-schema",
		});
		expect(await get(name)).toEqual(newer);
		expect(faults).toEqual(["newer-schema"]);
	});

	test("leaves the session of another protocol where it is", async () => {
		const { store, name, faults } = open();
		const other = record(7, 1, { protocol: "other" });
		await put(name, other);
		await expect(store.swap(null, record(9, 1))).rejects.toMatchObject({
			detail: "foreign",
		});
		expect(await get(name)).toEqual(other);
		expect(faults).toEqual(["foreign"]);
	});

	test("reports each kind of fault once", async () => {
		const { store, name, faults } = open();
		await put(name, []);
		await store.read();
		await store.read();
		expect(faults).toEqual(["corrupted"]);
		expect(store.diagnostics().faults).toEqual(["corrupted"]);
	});

	test("tells another session of the same page, and nobody else", async () => {
		const { key, store } = open();
		const hints: string[] = [];
		const stop = create(key).subscribe?.(() => hints.push("ours"));
		const stopOther = create(freshKey()).subscribe?.(() =>
			hints.push("another key's"),
		);
		await store.swap(null, record(7, 1));
		await expect.poll(() => hints).toEqual(["ours"]);
		await store.swap(null, record(8, 1));
		await store.swap(record(7, 1), record(8, 1));
		await expect.poll(() => hints).toEqual(["ours", "ours"]);
		stop?.();
		stopOther?.();
	});

	test("B54 D11 takes only its own message for a hint, and that holds nothing", async () => {
		const { key, store } = open();
		const channel = new BroadcastChannel(`keyturn:${key}`);
		const heard: unknown[] = [];
		channel.onmessage = ({ data }) => heard.push(data);
		const hint = vi.fn();
		const stop = store.subscribe?.(hint);
		for (const forged of [
			"changed/2",
			null,
			{ access: "forged" },
			record(99, 99),
		])
			channel.postMessage(forged);
		channel.postMessage("changed/1");
		await expect.poll(() => hint).toHaveBeenCalledTimes(1);
		await store.swap(null, record(7, 1));
		await expect.poll(() => heard).toEqual(["changed/1"]);
		stop?.();
		channel.close();
	});

	test("B83 hears nothing after it has stopped listening", async () => {
		const { key, store } = open();
		const hint = vi.fn();
		const stop = store.subscribe?.(hint);
		stop?.();
		const still = vi.fn();
		const stopStill = create(key).subscribe?.(still);
		dispatchEvent(new StorageEvent("storage", { key: null }));
		await store.swap(null, record(7, 1));
		await expect.poll(() => still).toHaveBeenCalledTimes(2);
		expect(hint).not.toHaveBeenCalled();
		stopStill?.();
	});

	test("B77 takes a cleared storage for a hint", () => {
		const { store } = open();
		const hint = vi.fn();
		const stop = store.subscribe?.(hint);
		dispatchEvent(new StorageEvent("storage", { key: null }));
		expect(hint).toHaveBeenCalledTimes(1);
		dispatchEvent(new StorageEvent("storage", { key: "another" }));
		expect(hint).toHaveBeenCalledTimes(1);
		stop?.();
	});

	test("B53 goes on without BroadcastChannel", async () => {
		vi.stubGlobal("BroadcastChannel", undefined);
		try {
			const { store, key } = open();
			const stop = store.subscribe?.(() => {});
			expect(await store.swap(null, record(7, 1))).toBe(true);
			// what is an event in the other tabs
			expect(localStorage.getItem(`keyturn:${key}:hint`)).toMatch(
				// a random number, which may be as small as 5.1e-7
				/^\d\.\d+(e-\d+)?$/,
			);
			stop?.();
		} finally {
			vi.unstubAllGlobals();
		}
	});

	test("is no enumerable place for a token", async () => {
		const { store } = open();
		await store.swap(null, record(7, 1));
		expect(JSON.stringify([store, store.diagnostics()])).not.toContain(
			(record(7, 1) as SessionRecord).access,
		);
	});
});
