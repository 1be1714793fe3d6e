import type { SessionRecord, Stamp, Store } from "@keyturn/core";
import type { Delay } from "./api-message.ts";
import { createGate, type Gate } from "./gate.ts";

/** One write that was let in. */
export interface Commit extends Stamp {
	/** Name of the handle that wrote. */
	readonly by: string;
	readonly isTombstone: boolean;
}

export interface SharedStoreOptions {
	/**
	 * Default `sync`. `async`: each operation takes `latencyMs` there and `latencyMs` back.
	 */
	readonly kind?: "sync" | "async";
	/** ms each way. Default 0: some microtasks. */
	readonly latencyMs?: number;
	/** For a latency above 0: `virtualPlatform().delay`. */
	readonly delay?: Delay;
}

export interface StoreFailure {
	readonly operation: "read" | "swap";
	/** Default 1. */
	readonly times?: number;
	/** A swap that writes and then fails. Default `false`. */
	readonly isAfter?: boolean;
	/** Default: a plain `Error`. */
	readonly error?: unknown;
}

/** A store that several simulated tabs or processes share, with compare-and-set, and with failures on order. */
export interface SharedStore {
	/** What it holds. */
	readonly record: SessionRecord | null;
	/** Every write that was let in, oldest first. */
	readonly commits: readonly Commit[];
	/** Swaps that were refused because the stamp was another. */
	readonly refusals: number;
	/** Handles are not told of writes (B54): they find out when they read. */
	areHintsLost: boolean;
	/** One tab's or process's view. @param gate what it is frozen by */
	open(name?: string, gate?: Gate): Store;
	/** Makes the next operations of any handle fail. */
	fail(failure: StoreFailure): void;
	/** Puts something there behind everybody's back, valid or not; tells everybody. */
	put(value: unknown): void;
	/** Empties it as a user would; tells everybody. */
	clear(): void;
}

export function createSharedStore(
	options: SharedStoreOptions = {},
): SharedStore {
	const { kind = "sync", latencyMs = 0, delay } = options;
	// text: nobody shares an object with anybody
	let text = "null";
	const commits: Commit[] = [];
	let failures: {
		operation: string;
		left: number;
		error: unknown;
		isAfter: boolean;
	}[] = [];
	const listeners = new Set<{ readonly by: string; tell(): void }>();
	let refusals = 0;
	let handles = 0;

	const current = (): SessionRecord | null => JSON.parse(text);

	const takeFailure = (operation: string, isAfter: boolean): void => {
		const found = failures.find(
			(one) => one.operation === operation && one.isAfter === isAfter,
		);
		if (!found) return;
		if (--found.left <= 0) failures = failures.filter((one) => one !== found);
		throw found.error;
	};

	const tell = (by: string | null): void => {
		if (store.areHintsLost) return;
		for (const listener of [...listeners])
			if (listener.by !== by) void Promise.resolve().then(listener.tell);
	};

	const write = (next: unknown, by: string | null): void => {
		text = JSON.stringify(next ?? null);
		tell(by);
	};

	const swap = (
		by: string,
		expected: Stamp | null,
		next: SessionRecord,
	): boolean => {
		takeFailure("swap", false);
		const there = current();
		if (
			there?.epoch !== expected?.epoch ||
			there?.generation !== expected?.generation
		) {
			refusals++;
			return false;
		}
		const { epoch, generation, access } = next;
		commits.push({ by, epoch, generation, isTombstone: access === null });
		write(next, by);
		takeFailure("swap", true);
		return true;
	};

	const read = (): SessionRecord | null => {
		takeFailure("read", false);
		return current();
	};

	const travel = async <T>(work: () => T, gate: Gate): Promise<T> => {
		const pause = async () => {
			if (latencyMs > 0) await delay?.(latencyMs);
		};
		const reply = async () => {
			await pause();
			try {
				return work();
			} finally {
				await pause();
			}
		};
		return gate.pass(reply());
	};

	const store: SharedStore = {
		get record() {
			return current();
		},
		get commits() {
			return [...commits];
		},
		get refusals() {
			return refusals;
		},
		areHintsLost: false,
		open(name = `handle ${++handles}`, gate = createGate()) {
			const go = <T>(work: () => T): T | Promise<T> =>
				kind === "sync" ? work() : travel(work, gate);
			return {
				read: () => go(read),
				swap: (expected, next) => go(() => swap(name, expected, next)),
				subscribe(listener) {
					const entry = { by: name, tell: () => gate.enter(listener) };
					listeners.add(entry);
					return () => {
						listeners.delete(entry);
					};
				},
			};
		},
		fail({ operation, times = 1, isAfter = false, error }) {
			failures.push({
				operation,
				left: times,
				isAfter,
				error: error ?? new Error("the store failed, as ordered"),
			});
		},
		put: (value) => write(value, null),
		clear: () => write(null, null),
	};
	return store;
}
