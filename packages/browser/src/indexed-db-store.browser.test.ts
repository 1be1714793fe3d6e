/** What only IndexedDB can do wrong, and encryption. Over 200 lines: both work on the same entries. */
import { createAuth } from "@keyturn/core";
import { webPlatform } from "@keyturn/fetch";
import { CANARY } from "@keyturn/tooling/canary";
import { afterEach, describe, expect, test, vi } from "vitest";
import { bench } from "../test/bench-protocol.ts";
import { entryNames, getEntry, putEntry } from "../test/entries.ts";
import { record } from "../test/record.ts";
import { deviceSeal } from "./encryption.ts";
import {
	indexedDbStore,
	type SealedRecord,
	type StorageFault,
} from "./index.ts";

afterEach(async () => {
	vi.restoreAllMocks();
	vi.useRealTimers();
	await new Promise((resolve, reject) => {
		const deleting = indexedDB.deleteDatabase("keyturn");
		deleting.onsuccess = resolve;
		deleting.onerror = reject;
	});
});

const name = "keyturn:app:session";

function open(options = {}) {
	const faults: StorageFault[] = [];
	return {
		faults,
		store: indexedDbStore("app", {
			...options,
			onFault: (fault) => faults.push(fault),
		}),
	};
}

describe("B70 a database that may not be used", () => {
	test("is reported once, and the session lives in memory", async () => {
		vi.spyOn(indexedDB, "open").mockImplementation(() => {
			throw new DOMException("denied", "SecurityError");
		});
		const { store, faults } = open();
		using auth = createAuth({
			protocol: bench,
			platform: webPlatform(),
			store,
		});
		await auth.ready;
		expect(await auth.signIn("Ada")).toMatchObject({ status: "authenticated" });
		expect(await auth.refresh()).toMatchObject({ generation: 2 });
		expect(faults).toEqual(["blocked"]);
	});

	test("is the same where there is none", async () => {
		vi.stubGlobal("indexedDB", undefined);
		try {
			const { store, faults } = open();
			await expect(store.read()).rejects.toThrow(TypeError);
			expect(faults).toEqual(["blocked"]);
		} finally {
			vi.unstubAllGlobals();
		}
	});

	test("of another layout is left alone", async () => {
		await new Promise<void>((resolve) => {
			const opening = indexedDB.open("keyturn", 2);
			opening.onsuccess = () => {
				opening.result.close();
				resolve();
			};
		});
		const { store, faults } = open();
		await expect(store.swap(null, record(7, 1))).rejects.toThrow(
			expect.objectContaining({ name: "VersionError" }),
		);
		expect(faults).toEqual(["blocked"]);
	});
});

test("B71 a full database keeps the new pair in memory", async () => {
	const put = vi.spyOn(IDBObjectStore.prototype, "put");
	const { store, faults } = open();
	using auth = createAuth({ protocol: bench, platform: webPlatform(), store });
	await auth.signIn("Ada");
	put.mockImplementation(() => {
		throw new DOMException("full", "QuotaExceededError");
	});
	expect(await auth.refresh()).toMatchObject({ generation: 2 });
	await expect.poll(() => faults).toEqual(["full"]);
	put.mockRestore();
	expect(await getEntry(name)).toMatchObject({ generation: 1 });
	expect(await auth.refresh()).toMatchObject({ generation: 3 });
	await expect.poll(() => getEntry(name)).toMatchObject({ generation: 3 });
});

test("a write counts only when it is committed", async () => {
	const { put } = IDBObjectStore.prototype;
	const { store, faults } = open();
	vi.spyOn(IDBObjectStore.prototype, "put").mockImplementation(function (
		this: IDBObjectStore,
		...args
	) {
		const request = put.apply(this, args);
		request.onsuccess = () => this.transaction.abort();
		return request;
	});
	await expect(store.swap(null, record(7, 1))).rejects.toBe(null);
	expect(faults).toEqual(["blocked"]);
	expect(await getEntry(name)).toBe(undefined);
});

test("B71 a write is on the disk before it counts: no power cut brings a used refresh token back", async () => {
	const { transaction } = IDBDatabase.prototype;
	const begun: IDBTransaction[] = [];
	vi.spyOn(IDBDatabase.prototype, "transaction").mockImplementation(function (
		this: IDBDatabase,
		...args
	) {
		const one = transaction.apply(this, args);
		begun.push(one);
		return one;
	});
	expect(await open().store.swap(null, record(7, 1))).toBe(true);
	expect(
		begun.map(({ mode, durability }) => [mode, durability]),
	).toContainEqual(["readwrite", "strict"]);
});

test("B74 a database that hangs is given up, and says that nobody may go round it", async () => {
	vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
	vi.spyOn(indexedDB, "open").mockReturnValue({} as IDBOpenDBRequest);
	const { store, faults } = open();
	const reading = expect(store.read()).rejects.toMatchObject({
		code: "unavailable",
	});
	vi.advanceTimersByTime(5_000);
	await reading;
	expect(faults).toEqual(["blocked"]);
});

test("survives the deletion of its database by hand", async () => {
	const { store } = open();
	await store.swap(null, record(7, 1));
	await new Promise((resolve) => {
		indexedDB.deleteDatabase("keyturn").onsuccess = resolve;
	});
	expect(await store.read()).toBe(null);
	expect(await store.swap(null, record(8, 1))).toBe(true);
});

describe("sealed", () => {
	const seal = deviceSeal();

	test("keeps no token and no user readable at rest", async () => {
		const { store } = open({ seal });
		await store.swap(null, record(7, 1));
		const entry = (await getEntry(name)) as SealedRecord;
		const { data } = entry.sealed as { data: ArrayBuffer };
		const atRest = JSON.stringify(entry) + new TextDecoder().decode(data);
		expect(atRest).not.toContain(CANARY);
		expect(atRest).not.toContain("Ada");
		expect(await store.read()).toEqual(record(7, 1));
	});

	test("uses a key that no script can export", async () => {
		const { store } = open({ seal });
		await store.swap(null, record(7, 1));
		const key = (await getEntry(`${name}:key`)) as CryptoKey;
		expect(key.extractable).toBe(false);
		await expect(crypto.subtle.exportKey("raw", key)).rejects.toThrow(
			"not extractable",
		);
	});

	test("writes the same record differently each time", async () => {
		const one = (await seal.seal(record(7, 1), name)).sealed;
		const two = (await seal.seal(record(7, 1), name)).sealed;
		const bytes = (box: unknown) =>
			new Uint8Array((box as { data: ArrayBuffer }).data).join();
		expect(bytes(one)).not.toBe(bytes(two));
	});

	test("agrees on one key when many tabs need the first", async () => {
		const boxes = await Promise.all(
			Array.from({ length: 6 }, () => deviceSeal().seal(record(7, 1), name)),
		);
		for (const box of boxes)
			expect(await seal.open(box, name)).toEqual(record(7, 1));
		expect(await entryNames()).toEqual([`${name}:key`]);
	});

	test("is a signed-out session to whoever has lost the key", async () => {
		const { store, faults } = open({ seal });
		await store.swap(null, record(7, 1));
		await putEntry(`${name}:key`, "gone");
		expect(await store.read()).toMatchObject({ epoch: 7, access: null });
		expect(faults).toEqual(["corrupted"]);
		expect(await store.swap(record(7, 1), record(8, 1))).toBe(true);
		expect(await store.read()).toEqual(record(8, 1));
	});

	test("is a signed-out session to a store without a seal", async () => {
		await open({ seal }).store.swap(null, record(7, 1));
		const { store } = open();
		expect(await store.read()).toMatchObject({
			epoch: 7,
			access: null,
			refresh: null,
			user: null,
		});
		expect(await store.swap(record(7, 1), record(8, 1))).toBe(true);
	});

	test("takes over a record that was stored in the clear", async () => {
		await open().store.swap(null, record(7, 1));
		const { store } = open({ seal });
		expect(await store.read()).toEqual(record(7, 1));
		await store.swap(record(7, 1), record(7, 2));
		expect(JSON.stringify(await getEntry(name))).not.toContain(CANARY);
	});

	test.each([
		["epoch", { epoch: 9 }],
		["generation", { generation: 9 }],
		["protocol", { protocol: "another" }],
	])("does not open a box under another %s", async (_, change) => {
		const box = await seal.seal(record(7, 1), name);
		await expect(seal.open({ ...box, ...change }, name)).rejects.toThrow(
			expect.objectContaining({ name: "OperationError" }),
		);
	});

	test("works in a session, from sign-in to sign-out", async () => {
		const { store } = open({ seal });
		using auth = createAuth({
			protocol: bench,
			platform: webPlatform(),
			store,
		});
		await auth.signIn("Ada");
		await auth.refresh();
		using other = createAuth({
			protocol: bench,
			platform: webPlatform(),
			store: open({ seal }).store,
		});
		// a refresh is used before it is stored
		await expect
			.poll(() => other.state)
			.toMatchObject({ generation: 2, user: "Ada" });
		await auth.signOut();
		await expect
			.poll(() => other.state)
			.toMatchObject({ status: "unauthenticated" });
		expect(await getEntry(name)).not.toHaveProperty("sealed");
	});
});
