import {
	AuthError,
	type Coordinator,
	type ExclusiveOptions,
} from "@keyturn/core";
import { leaseOn } from "./lease.ts";

/**
 * What keeps two tabs from refreshing at once.
 *
 * - `web-locks`: `navigator.locks`; a lock ends with its tab
 * - `indexeddb-lease`: a lease in IndexedDB; that of a killed tab has to run out
 * - `compare-and-set`: nothing; the store refuses the second pair, but the server has seen two refreshes
 */
export type Exclusion = "web-locks" | "indexeddb-lease" | "compare-and-set";

export interface CoordinatorDiagnostics {
	/** As of the last refresh; before the first, what this browser seems to offer. */
	readonly exclusion: Exclusion;
}

export interface TabCoordinator extends Coordinator {
	diagnostics(): CoordinatorDiagnostics;
}

/** Of the wait: how long a lease lasts. The rest is for those who wait to see that it has run out. */
const leaseShare = 0.9;

/** Between two looks at somebody else's lease, ms. */
const pollMs = 200;

/**
 * Lets one tab at a time spend the refresh token.
 *
 * A Web Lock makes the queue; a lease in IndexedDB says how long its holder may take. A holder that does not come back
 * (a frozen page) keeps its lock, and nobody steals it: when its lease is over, the others go on under a lease of their
 * own. Without Web Locks the lease is all there is; without IndexedDB the lock is.
 * @param key names the session within the origin; no secret
 */
export function tabCoordinator(key: string): TabCoordinator {
	const locks = globalThis.navigator?.locks;
	const by = (lock: unknown, lease: unknown): Exclusion =>
		lock ? "web-locks" : lease ? "indexeddb-lease" : "compare-and-set";
	let exclusion = by(locks, globalThis.indexedDB);
	return {
		diagnostics: () => ({ exclusion }),
		async exclusive<T>(
			name: string,
			work: () => Promise<T>,
			{ signal, waitMs }: ExclusiveOptions,
		): Promise<T> {
			const id = `${name}:${key}`;
			const endMs = performance.now() + waitMs;
			const leaseMs = waitMs * leaseShare;

			const queue = new AbortController();
			const leave = () => queue.abort();
			const timer = setTimeout(leave, leaseMs);
			signal.addEventListener("abort", leave);
			if (signal.aborted) leave();
			/** Missing: whoever has the lock has had it longer than a lease lasts, or there is none to be had here. */
			const unlock = await new Promise<(() => void) | undefined>(
				(granted: (unlock?: () => void) => void) =>
					locks
						// the lock is kept until the inner promise settles, which is what `granted` is given
						?.request(id, queue, () => new Promise<void>(granted))
						.catch(() => granted()) ?? granted(),
			);
			clearTimeout(timer);
			signal.removeEventListener("abort", leave);

			const hold = leaseOn(`${id}:lease`, !!unlock);
			try {
				for (;;) {
					// null: no IndexedDB here, so nothing to wait for
					const isHeld =
						!signal.aborted && (await hold(leaseMs).catch(() => null));
					if (isHeld !== false) {
						exclusion = by(unlock, isHeld);
						return await work();
					}
					if (signal.aborted || performance.now() > endMs)
						throw new AuthError("unavailable");
					await new Promise((resolve) => setTimeout(resolve, pollMs));
				}
			} finally {
				hold(0).catch(() => {});
				unlock?.();
			}
		},
	};
}
