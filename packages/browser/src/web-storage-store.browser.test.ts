import { createAuth, type SessionRecord } from "@keyturn/core";
import { webPlatform } from "@keyturn/fetch";
import { afterEach, describe, expect, test, vi } from "vitest";
import { bench } from "../test/bench-protocol.ts";
import { record } from "../test/record.ts";
import { type StorageFault, webStorageStore } from "./index.ts";

afterEach(() => {
	vi.restoreAllMocks();
	localStorage.clear();
	sessionStorage.clear();
});

const name = "keyturn:app:session";

function open() {
	const faults: StorageFault[] = [];
	return {
		faults,
		store: webStorageStore("app", { onFault: (fault) => faults.push(fault) }),
	};
}

describe("what is not ours", () => {
	test("moves foreign text aside instead of deleting it", async () => {
		localStorage.setItem(name, "theme=dark");
		const { store } = open();
		expect(await store.swap(null, record(7, 1))).toBe(true);
		expect(localStorage.getItem(`${name}:aside`)).toBe("theme=dark");
	});

	test("keeps no copy of a damaged record of its own: it may hold a token", async () => {
		localStorage.setItem(name, JSON.stringify(record(7, 1)).slice(0, -20));
		const { store } = open();
		expect(await store.swap(null, record(8, 1))).toBe(true);
		expect(Object.keys(localStorage)).toEqual([name]);
	});

	test("knows the records and tombstones of core by how they begin", async () => {
		using auth = createAuth({
			protocol: bench,
			platform: webPlatform(),
			store: webStorageStore("app"),
		});
		await auth.signIn("Ada");
		expect(localStorage.getItem(name)).toMatch(/^\{"schema":1,"protocol"/);
		await auth.signOut();
		expect(localStorage.getItem(name)).toMatch(/^\{"schema":1,"protocol"/);
	});
});

describe("B70 a storage that may not be used", () => {
	test("is reported once, and the session lives in memory", async () => {
		const denied = vi
			.spyOn(window, "localStorage", "get")
			.mockImplementation(() => {
				throw new DOMException("denied", "SecurityError");
			});
		const errors: unknown[] = [];
		const { store, faults } = open();
		using auth = createAuth({
			protocol: bench,
			platform: webPlatform(),
			store,
			onError: (error) => errors.push(error),
		});
		expect(auth.state).toMatchObject({
			status: "unauthenticated",
			pending: null,
		});
		expect(await auth.signIn("Ada")).toMatchObject({ status: "authenticated" });
		expect(await auth.refresh()).toMatchObject({ generation: 2 });
		expect(faults).toEqual(["blocked"]);
		expect(errors).not.toHaveLength(0);
		expect(denied).toHaveBeenCalled();
		expect(await auth.signOut()).toMatchObject({ isForgotten: false });
	});
});

describe("B71 a storage that is full", () => {
	/** Really: Chromium gives an origin 5 MiB. */
	function fill() {
		for (let length = 1 << 22; length >= 1; length >>= 1)
			for (let index = 0; ; index++)
				try {
					localStorage.setItem(`${length}-${index}`, "x".repeat(length));
				} catch {
					break;
				}
	}

	test("keeps the new pair in memory, and the old record as it is", async () => {
		const { store, faults } = open();
		using auth = createAuth({
			protocol: bench,
			platform: webPlatform(),
			store,
		});
		await auth.signIn("A");
		const before = localStorage.getItem(name);
		fill();
		bench.nextToken = "x".repeat(200);
		expect(await auth.refresh()).toMatchObject({
			status: "authenticated",
			generation: 2,
		});
		expect(faults).toEqual(["full"]);
		expect(localStorage.getItem(name)).toBe(before);
		localStorage.removeItem("4194304-0");
		dispatchEvent(new StorageEvent("storage", { key: null }));
		// an older record than our own is in the store: written again
		await expect
			.poll(
				() =>
					(JSON.parse(localStorage.getItem(name) as string) as SessionRecord)
						.generation,
			)
			.toBe(2);
	});
});

test("keeps the lock after a write until the other tabs' copies have followed", async () => {
	const { store } = open();
	const startMs = performance.now();
	const writing = store.swap(null, record(7, 1));
	expect(store.read()).toEqual(record(7, 1));
	await writing;
	expect(performance.now() - startMs).toBeGreaterThan(95);
});

test("reads at once: a page starts signed in", async () => {
	const { store } = open();
	const first = createAuth({ protocol: bench, platform: webPlatform(), store });
	await first.signIn("Ada");
	first.close();
	using second = createAuth({
		protocol: bench,
		platform: webPlatform(),
		store: webStorageStore("app"),
	});
	expect(second.state).toMatchObject({ status: "authenticated", user: "Ada" });
});
