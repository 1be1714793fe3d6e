import type { Stamp } from "@keyturn/core";
import { isNewer, type Link } from "./link.ts";

const firstRetryMs = 500;
const lastRetryMs = 30_000;

/** A pair that Redis has not taken yet. It lives in the memory of the session, which is asked to try again. */
export interface OwedPair {
	owe(stamp: Stamp): void;
	/** What Redis holds: perhaps that pair, or a newer one. */
	seen(stamp: Stamp): void;
	/** Redis did not answer again. */
	retryLater(): void;
	stop(): void;
}

export function createOwedPair(link: Link): OwedPair {
	let owed: Stamp | null = null;
	let delayMs = firstRetryMs;
	let timer: ReturnType<typeof setTimeout> | undefined;

	const stop = (): void => {
		clearTimeout(timer);
		timer = undefined;
	};

	const retryLater = (): void => {
		if (!owed || timer || !link.listeners.size) return;
		timer = setTimeout(() => {
			timer = undefined;
			// the session looks, finds itself ahead of the record, and writes again
			link.hint();
		}, delayMs);
		// nobody waits for it: it must not keep a process alive (Node; other runtimes give a number)
		(timer as { unref?: () => void }).unref?.();
		delayMs = Math.min(delayMs * 2, lastRetryMs);
	};

	return {
		owe(stamp) {
			owed = stamp;
			retryLater();
		},
		seen(stamp) {
			if (!owed || isNewer(owed, stamp)) return;
			owed = null;
			delayMs = firstRetryMs;
			stop();
		},
		retryLater,
		stop,
	};
}
