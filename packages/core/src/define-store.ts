import type { ArrivalContext } from "./arrival.ts";
import { isAuthError } from "./auth-error.ts";
import type { Found } from "./auth-event.ts";
import type { Refreshing } from "./auth-state.ts";
import { ownMembers } from "./own-members.ts";
import type { SessionRecord, Stamp, Store } from "./ports.ts";
import {
	foundOf,
	isSessionRecord,
	recordOf,
	tombstoneOf,
} from "./session-record.ts";

/** What a session tells its store of itself, and wants to hear. */
export interface StoreHost {
	/** `name` of the protocol. */
	readonly protocol: string;
	/** Wall clock, ms since the Unix epoch. */
	nowMs(): number;
	context(): ArrivalContext;
	/** The store was read. `wasHeld`: it held a record of ours before. */
	found(found: Found | null, wasHeld: boolean): void;
	/** An operation has ended: well, or with this failure. */
	ended(failure?: readonly [cause: unknown]): void;
}

/** One session's connection to a store. */
export interface StoreLink {
	/** Reads; what comes of it goes to `found`. */
	read(): void;
	/** Settles when nothing is under way any more; never rejects. */
	settled(): Promise<void>;
	/** Reads, and waits for that. @throws AuthError `unavailable` when the store says that nobody may go round it */
	sync(): Promise<void>;
	persist(
		state: Pick<Refreshing, "epoch" | "generation" | "session" | "user">,
	): void;
	forget(stamp: Stamp): void;
	/**
	 * What a new epoch starts from: wall seconds, so that a store emptied by hand never makes an old session look new, and
	 * ten random bits, so that two tabs that sign in at once do not take each other's account for their own (S7).
	 */
	epochFloor(): number;
	close(): void;
}

/** Without the tokens: nothing but the compare-and-set needs to remember a record (S16). */
const stampOf = ({ epoch, generation }: Stamp): Stamp => ({
	epoch,
	generation,
});

export const isSame = (a: Stamp | null, b: Stamp | null): boolean =>
	a?.epoch === b?.epoch && a?.generation === b?.generation;

/** A store with the compare-and-set protocol around it: what `createAuth` takes. */
export interface SessionStore extends Store {
	link(host: StoreHost): StoreLink;
}

/**
 * Makes a session store of three functions. The session never trusts what it wrote, only what it reads: each write
 * expects what was last seen, a refused one reads again, and the table decides whose pair it is.
 *
 * A function that throws or rejects ends no session (S8): the tokens stay in memory. A read that rejects with an
 * `AuthError` of code `unavailable` also keeps a refresh from being sent, for stores that would rather refuse than risk
 * two refreshes at once.
 */
export function defineStore(store: Store): SessionStore {
	return {
		read: () => store.read(),
		swap: (expected, next) => store.swap(expected, next),
		...(store.subscribe && {
			subscribe: (listener) => (store as Required<Store>).subscribe(listener),
		}),
		link(host) {
			/** What was last seen there: what the next swap expects. */
			let held: Stamp | null = null;
			/** How often a read has found something else than was held. */
			let moves = 0;
			let tail: Promise<void> | undefined;
			/** Of the last operation. */
			let failure: readonly [cause: unknown] | undefined;

			/** One operation at a time, in order (B74); a synchronous store stays synchronous. */
			const inLine = <T>(
				call: () => T | Promise<T>,
				done: (value: T) => void,
			): void => {
				const succeeded = (value: T): void => {
					failure = undefined;
					host.ended();
					done(value);
				};
				const failed = (cause: unknown): void => {
					failure = [cause];
					host.ended(failure);
					host.found(null, false);
				};
				const go = (): Promise<void> | undefined => {
					try {
						const result = call();
						if (typeof (result as Promise<T> | null)?.then === "function")
							return (result as Promise<T>).then(succeeded).catch(failed);
						succeeded(result as T);
					} catch (cause) {
						failed(cause);
					}
					return undefined;
				};
				const mine = (tail ? tail.then(go) : go())?.then(() => {
					if (tail === mine) tail = undefined;
				});
				if (mine) tail = mine;
			};

			const see = (given: SessionRecord | null): void => {
				const before = held;
				const record = ownMembers(given);
				held = isSessionRecord(record, host.protocol) ? stampOf(record) : null;
				if (!isSame(before, held)) moves++;
				host.found(
					held && foundOf(record, host.nowMs(), host.context()),
					!!before,
				);
			};

			const write = (next: SessionRecord): void => {
				const movesThen = moves;
				inLine(
					// What a read found while this waited in line must not be lent to it as its expectation: the table has heard of
					// it, and has ordered what follows (S5, S6).
					() =>
						movesThen < moves || isSame(held, next) || store.swap(held, next),
					(hasWritten) => {
						const expected = held;
						if (movesThen < moves) return;
						if (hasWritten) held = stampOf(next);
						else
							inLine(
								() => store.read(),
								(record) => {
									// refused, and still as expected: not a race but a store that cannot write
									if (isSame(record, expected)) throw new Error("swap refused");
									see(record);
								},
							);
					},
				);
			};

			const link: StoreLink = {
				read: () => inLine(() => store.read(), see),
				async settled() {
					while (tail) await tail;
				},
				async sync() {
					link.read();
					await link.settled();
					const [cause] = failure ?? [];
					if (isAuthError(cause) && cause.code === "unavailable") throw cause;
				},
				persist: (state) =>
					write(
						recordOf(
							state,
							host.protocol,
							// records are on the wall clock: a session clock means nothing to others
							host.nowMs() - host.context().atMs,
						),
					),
				forget: (stamp) => write(tombstoneOf(stamp, host.protocol)),
				epochFloor: () =>
					Math.floor(host.nowMs() / 1000) * 1024 +
					Math.floor(host.context().jitter * 1024),
				close: () => unsubscribe?.(),
			};
			let unsubscribe: (() => void) | undefined;
			try {
				unsubscribe = store.subscribe?.(link.read);
			} catch (cause) {
				// without hints the store is read at the next refresh (B53)
				host.ended([cause]);
			}
			return link;
		},
	};
}
