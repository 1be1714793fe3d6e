import type { Coordinator, ScheduleOptions } from "@keyturn/core";
import type { Gate } from "./gate.ts";

export interface SharedLockOptions {
	/**
	 * How long a holder keeps it at most, ms, as with Redis; its work goes on all the same. Default `null`: until the work is
	 * done or the holder dies, as with Web Locks.
	 */
	readonly leaseMs?: number | null;
}

interface Clock {
	schedule(
		delayMs: number,
		callback: () => void,
		options: ScheduleOptions,
	): () => void;
}

/** One lock for several simulated tabs or processes. First come, first served. */
export interface SharedLock {
	/** Who holds it. */
	readonly holder: string | null;
	/** Who waits, in order. */
	readonly waiting: readonly string[];
	/** How often it was given. */
	readonly grants: number;
	/** One tab's or process's view. */
	open(name: string, gate: Gate, clock: Clock): Coordinator;
	/** Its holder died: free at once, or with a lease when that is over. */
	abandon(name: string): void;
}

interface Entry {
	readonly by: string;
	grant(): void;
}

/** @param clock for leases: the platform itself, not a client's view of it */
export function createSharedLock(
	clock: Clock,
	{ leaseMs = null }: SharedLockOptions = {},
): SharedLock {
	let holder: Entry | undefined;
	let queue: Entry[] = [];
	let grants = 0;

	const next = (): void => {
		if (holder) return;
		const entry = queue.shift();
		if (!entry) return;
		holder = entry;
		grants++;
		if (leaseMs !== null)
			clock.schedule(leaseMs, () => release(entry), { isBackground: true });
		entry.grant();
	};
	/** Another's lock is never let go: a lease may be long over (B64). */
	const release = (entry: Entry): void => {
		if (holder !== entry) return;
		holder = undefined;
		next();
	};

	return {
		get holder() {
			return holder?.by ?? null;
		},
		get waiting() {
			return queue.map(({ by }) => by);
		},
		get grants() {
			return grants;
		},
		open: (by, gate, own) => ({
			exclusive: (_name, work, { signal, waitMs }) =>
				new Promise((resolve, reject) => {
					// the grant and the end of patience may both have come while this one was frozen: the first counts
					let isOver = false;
					const leave = (error: unknown) => {
						if (isOver) return;
						isOver = true;
						queue = queue.filter((one) => one !== entry);
						stop();
						release(entry);
						reject(error);
					};
					const onAbort = () => leave(signal.reason);
					const cancel = own.schedule(
						waitMs,
						() => leave(new Error("waited for the lock in vain")),
						{ isBackground: false },
					);
					const stop = () => {
						cancel();
						signal.removeEventListener("abort", onAbort);
					};
					const entry: Entry = {
						by,
						grant: () =>
							gate.enter(() => {
								if (isOver) return release(entry);
								isOver = true;
								stop();
								// the lease may have run out meanwhile: it believes that it holds the lock, as in real life
								work()
									.finally(() => release(entry))
									.then(resolve, reject);
							}),
					};
					if (signal.aborted) return onAbort();
					signal.addEventListener("abort", onAbort, { once: true });
					queue.push(entry);
					next();
				}),
		}),
		abandon(name) {
			queue = queue.filter(({ by }) => by !== name);
			if (holder?.by === name && leaseMs === null) release(holder);
		},
	};
}
