import type { SessionRecord, Stamp } from "@keyturn/core";
import {
	type RedisAuthOptions,
	readRedisOptions,
	type Settings,
} from "./redis-auth-options.ts";
import { createSend, type Send } from "./redis-client.ts";
import { listen } from "./subscriber.ts";

/** A lease that this process has. */
export interface Lease {
	/** Random: what proves to the scripts whose lease it is. */
	readonly value: string;
	/** Rises with every lease that is given for this key. */
	readonly fence: number;
	/** On {@link Link.nowMs}. */
	readonly endsAtMs: number;
	/** A new pair could not be written: the refresh token of the record may be used up. */
	hasFailedWrite: boolean;
}

/** The record as this process last saw or wrote it. */
export interface Sight {
	readonly record: SessionRecord;
	/** Written here, and not read. */
	readonly isOwn: boolean;
	readonly ageMs: number;
	/** On {@link Link.nowMs}. */
	readonly atMs: number;
}

/** What store and coordinator of one session in one process share. */
export interface Link extends Settings {
	readonly send: Send;
	readonly hasSubscriber: boolean;
	/** Of the session: look at the record again. */
	readonly listeners: Set<() => void>;
	/** Of those who wait for a lease: try now. */
	readonly wakers: Set<() => void>;
	/** Called after each attempt to read; see {@link nextRead}. */
	readonly readers: Set<() => void>;
	lease: Lease | null;
	sight: Sight | null;
	/** Puts the record of {@link sight} back, where Redis has lost it. `false`: it cannot. */
	restore(): Promise<boolean>;
	/**
	 * Durations only. The monotonic clock stands still while a machine sleeps and the wall clock may be set back; whichever
	 * says that more time has passed is believed, so that a lease is rather given up too early than kept too long.
	 */
	nowMs(): number;
	/** Asks the session to look at the record again. */
	hint(): void;
	/** What a message says of a new stamp: who wrote it, so that the writer need not look. */
	messageOf(stamp: Stamp): string;
	/** Listens to messages, where there is a subscriber, until every caller has stopped. @returns stops */
	attend(): () => void;
}

/** A lease was given back. */
export const releasedMessage = "released";

export function createLink(options: RedisAuthOptions): Link {
	const settings = readRedisOptions(options);
	const { client, subscriber } = options;
	const sender = crypto.randomUUID();
	let attending = 0;
	let stop: (() => void) | undefined;
	let offsetMs = Date.now() - performance.now();
	let skippedMs = 0;
	const listeners = new Set<() => void>();
	const wakers = new Set<() => void>();
	const call = (set: Set<() => void>) => {
		for (const callback of [...set]) callback();
	};
	const heard = (message: string | null): void => {
		if (message !== releasedMessage && !message?.startsWith(sender))
			call(listeners);
		call(wakers);
	};
	return {
		...settings,
		hasSubscriber: subscriber !== undefined,
		send: createSend(client, settings.commandTimeoutMs),
		listeners,
		wakers,
		readers: new Set(),
		lease: null,
		sight: null,
		restore: async () => false,
		nowMs() {
			const monotonicMs = performance.now();
			const driftMs = Date.now() - monotonicMs - offsetMs;
			// less than a second is rounding and slewing, not a jump
			if (Math.abs(driftMs) > 1_000) {
				offsetMs += driftMs;
				skippedMs += Math.max(driftMs, 0);
			}
			return monotonicMs + skippedMs;
		},
		hint: () => call(listeners),
		messageOf: ({ epoch, generation }) => `${sender} ${epoch}:${generation}`,
		attend() {
			if (subscriber && attending++ === 0)
				stop = listen(subscriber, settings.channel, heard);
			return () => {
				if (subscriber && --attending === 0) stop?.();
			};
		},
	};
}

export const isNewer = (a: Stamp, b: Stamp): boolean =>
	a.epoch > b.epoch || (a.epoch === b.epoch && a.generation > b.generation);

/** The session takes what was read in the microtasks that follow the reading. */
export const taken = (): Promise<void> =>
	new Promise((resolve) => setTimeout(resolve, 0));

/** Resolves when the store has been read once more, whatever came of it, or the time is over. */
export function nextRead(link: Link, atMostMs: number): Promise<void> {
	return new Promise((resolve) => {
		const done = () => {
			clearTimeout(timer);
			link.readers.delete(done);
			resolve();
		};
		const timer = setTimeout(done, atMostMs);
		link.readers.add(done);
	});
}
