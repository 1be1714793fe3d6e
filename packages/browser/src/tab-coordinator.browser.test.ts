/** Locks and leases of one real page. Over 200 lines: every promise is tried with and without Web Locks. */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { getEntry } from "../test/entries.ts";
import { type TabCoordinator, tabCoordinator } from "./index.ts";

let count = 0;
let key = "";
beforeEach(() => {
	key = `tabs-${++count}`;
});
afterEach(() => {
	vi.unstubAllGlobals();
	vi.restoreAllMocks();
});

const { locks } = navigator;

function deferred() {
	let resolve = () => {};
	const promise = new Promise<void>((done) => {
		resolve = done;
	});
	return { promise, resolve };
}

const { signal } = new AbortController();
/** Nobody here uses it up, also where every look at the database takes a second. */
const patienceMs = 60_000;
const options = { signal, waitMs: patienceMs };
const never = new Promise<never>(() => {});

function withoutLocks() {
	vi.spyOn(navigator, "locks", "get").mockReturnValue(undefined as never);
}

/** Somebody who has the lock and does not come back. */
async function holdLock(name = `bench:${key}`): Promise<() => void> {
	let release = () => {};
	await new Promise<void>((granted) => {
		void locks.request(name, () => {
			granted();
			return new Promise<void>((resolve) => {
				release = resolve;
			});
		});
	});
	return release;
}

const heldLocks = async () =>
	(await locks.query()).held
		?.map(({ name }) => name)
		.filter((name) => name?.endsWith(key));

const pendingLocks = async () =>
	(await locks.query()).pending?.filter(({ name }) => name?.endsWith(key));

/** Runs so many at once, and says how many were inside at the same time at most. */
async function crowd(coordinators: readonly TabCoordinator[]): Promise<number> {
	let inside = 0;
	let most = 0;
	await Promise.all(
		coordinators.map((coordinator) =>
			coordinator.exclusive(
				"bench",
				async () => {
					most = Math.max(most, ++inside);
					await new Promise((resolve) => setTimeout(resolve, 5));
					inside--;
				},
				options,
			),
		),
	);
	return most;
}

const several = () => Array.from({ length: 5 }, () => tabCoordinator(key));

describe.each([
	["web-locks", () => {}],
	["indexeddb-lease", withoutLocks],
] as const)("with %s", (exclusion, prepare) => {
	beforeEach(prepare);

	test("runs one at a time, and says by what", async () => {
		const coordinators = several();
		expect(coordinators[0]?.diagnostics()).toEqual({ exclusion });
		expect(await crowd(coordinators)).toBe(1);
		expect(coordinators[0]?.diagnostics()).toEqual({ exclusion });
	});

	test("gives back what the work gives, and throws what it throws", async () => {
		const { exclusive } = tabCoordinator(key);
		expect(await exclusive("bench", async () => 7, options)).toBe(7);
		const failure = new Error("work");
		await expect(
			exclusive("bench", () => Promise.reject(failure), options),
		).rejects.toBe(failure);
		expect(await exclusive("bench", async () => 8, options)).toBe(8);
	});

	test("B57 keeps no two keys and no two protocols from each other", async () => {
		const { exclusive } = tabCoordinator(key);
		void exclusive("bench", () => never, options);
		expect(await exclusive("other", async () => "other", options)).toBe(
			"other",
		);
		expect(
			await tabCoordinator(`${key}-b`).exclusive(
				"bench",
				async () => "key",
				options,
			),
		).toBe("key");
	});

	test("never begins the work of a caller that has left", async () => {
		const { exclusive } = tabCoordinator(key);
		const work = vi.fn();
		const gone = new AbortController();
		void exclusive("bench", () => never, options);
		const waiting = exclusive("bench", work, {
			signal: gone.signal,
			waitMs: 20_000,
		});
		const startMs = performance.now();
		gone.abort();
		await expect(waiting).rejects.toMatchObject({ code: "unavailable" });
		await expect(
			exclusive("bench", work, { signal: gone.signal, waitMs: 20_000 }),
		).rejects.toMatchObject({ code: "unavailable" });
		expect(work).not.toHaveBeenCalled();
		expect(performance.now() - startMs).toBeLessThan(15_000);
		expect(await pendingLocks()).toEqual([]);
	});

	test("B83 leaves no timer", async () => {
		const set = vi.spyOn(globalThis, "setTimeout");
		const clear = vi.spyOn(globalThis, "clearTimeout");
		const { exclusive } = tabCoordinator(key);
		await exclusive("bench", async () => {}, options);
		/** Those of more than a second that nobody has cleared. */
		const left = () => {
			const cleared = clear.mock.calls.map(([timer]) => timer);
			return set.mock.results.filter(
				({ value }, index) =>
					(set.mock.calls[index]?.[1] ?? 0) > 1_000 && !cleared.includes(value),
			);
		};
		await expect.poll(left).toEqual([]);
		expect(set).toHaveBeenCalled();
	});

	test("lets the others go on when a lease has run out, and not before", async () => {
		const { exclusive } = tabCoordinator(key);
		const { promise: thawed, resolve: thaw } = deferred();
		const { promise: begun, resolve: begin } = deferred();
		const frozen = exclusive(
			"bench",
			() => {
				begin();
				return thawed;
			},
			{ signal, waitMs: 2_000 },
		);
		await begun;
		const { untilMs } = (await getEntry(`bench:${key}:lease`)) as {
			untilMs: number;
		};
		const startMs = performance.now();
		const [atMs, afterMs] = await exclusive(
			"bench",
			async () => [Date.now(), performance.now() - startMs] as const,
			// with a lock, it is the patience of the waiting one that counts
			exclusion === "web-locks" ? { signal, waitMs: 3_000 } : options,
		);
		expect(atMs).toBeGreaterThanOrEqual(untilMs);
		if (exclusion === "web-locks") expect(afterMs).toBeGreaterThan(2_690);
		thaw();
		await frozen;
	});
});

test("frees the lock with its work, also when that fails", async () => {
	const { exclusive } = tabCoordinator(key);
	await exclusive(
		"bench",
		async () => expect(await heldLocks()).toEqual([`bench:${key}`]),
		options,
	);
	expect(await heldLocks()).toEqual([]);
	await exclusive("bench", () => Promise.reject(), options).catch(() => {});
	expect(await heldLocks()).toEqual([]);
});

test("never steals: who has the lock still has it after the others have gone on", async () => {
	const release = await holdLock();
	const { exclusive, diagnostics } = tabCoordinator(key);
	await exclusive(
		"bench",
		async () => expect(await heldLocks()).toEqual([`bench:${key}`]),
		{ signal, waitMs: 300 },
	);
	expect(diagnostics()).toEqual({ exclusion: "indexeddb-lease" });
	release();
});

test("B50 those who went on past a lock keep it from its next holder", async () => {
	const release = await holdLock();
	const { exclusive } = tabCoordinator(key);
	const { promise: finished, resolve: finish } = deferred();
	// the patience with the lock is over at once; the lease that comes of it is not, however busy the processor is
	const { setTimeout } = globalThis;
	vi.spyOn(globalThis, "setTimeout").mockImplementationOnce(((
		callback: () => void,
	) => setTimeout(callback, 0)) as never);
	const overdue = exclusive("bench", () => finished, options);
	await expect.poll(() => getEntry(`bench:${key}:lease`)).toBeDefined();
	release();
	const next = vi.fn(async () => {});
	const waiting = exclusive("bench", next, options);
	await expect.poll(heldLocks).toEqual([`bench:${key}`]);
	await expect.poll(pendingLocks).toEqual([]);
	expect(next).not.toHaveBeenCalled();
	finish();
	await Promise.all([overdue, waiting]);
	expect(next).toHaveBeenCalledTimes(1);
});

test("B51 runs out of patience while somebody else's lease has not run out", async () => {
	withoutLocks();
	const { exclusive } = tabCoordinator(key);
	void exclusive("bench", () => never, options);
	const work = vi.fn();
	await expect(
		exclusive("bench", work, { signal, waitMs: 250 }),
	).rejects.toMatchObject({ code: "unavailable" });
	expect(work).not.toHaveBeenCalled();
});

describe("B52 without IndexedDB", () => {
	beforeEach(() => vi.stubGlobal("indexedDB", undefined));

	test("the lock alone is enough", async () => {
		const coordinators = several();
		expect(await crowd(coordinators)).toBe(1);
		expect(coordinators[0]?.diagnostics()).toEqual({ exclusion: "web-locks" });
	});

	test("and without locks only the store's compare-and-set is left", async () => {
		withoutLocks();
		const coordinators = several();
		expect(coordinators[0]?.diagnostics()).toEqual({
			exclusion: "compare-and-set",
		});
		expect(await crowd(coordinators)).toBe(5);
	});
});

test("uses the lease where locks are refused: in a sandboxed frame, say", async () => {
	vi.spyOn(navigator.locks, "request").mockRejectedValue(
		new DOMException("denied", "SecurityError"),
	);
	const coordinators = several();
	expect(await crowd(coordinators)).toBe(1);
	expect(coordinators[0]?.diagnostics()).toEqual({
		exclusion: "indexeddb-lease",
	});
});
