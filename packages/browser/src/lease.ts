import { withEntry } from "./indexed-db.ts";

/** A lease as it is stored; all times are the wall clock of this one machine, ms. */
interface Lease {
	readonly id: number;
	readonly fromMs: number;
	readonly untilMs: number;
	/** Its holder has the Web Lock as well: whoever has that lock now knows that the lease is over. */
	readonly isLocked: boolean;
}

/** For how long from now, ms; 0 ends what is left of it. @returns whether it is ours; `false`: another's has not run out */
export type HoldLease = (ms: number) => Promise<boolean>;

/**
 * An exclusive right that ends by itself, on the one primitive that is atomic between tabs in every browser: a readwrite
 * transaction in IndexedDB.
 */
export function leaseOn(name: string, isLocked: boolean): HoldLease {
	const id = Math.random();
	return (ms) =>
		withEntry("readwrite", name, (value, entries) => {
			const lease = (value ?? {}) as Lease;
			const nowMs = Date.now();
			const isOurs =
				lease.id === id ||
				(ms > 0 && lease.isLocked && isLocked) ||
				// one from the future is of a clock that was set back since; nonsense is no number
				!(lease.fromMs <= nowMs && nowMs < lease.untilMs);
			if (isOurs)
				entries.put(
					{ id, fromMs: nowMs, untilMs: nowMs + ms, isLocked } satisfies Lease,
					name,
				);
			return isOurs;
		});
}
