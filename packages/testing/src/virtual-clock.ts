/** Time that passes only when a test says so, and the timers that hang on it. */

export interface VirtualTimer {
	/** When it fires, ms of virtual time since the start. */
	readonly atMs: number;
	/** It would not keep a process alive. */
	readonly isBackground: boolean;
}

export interface VirtualClock {
	/** Virtual time since the start, ms; no setting of a wall clock changes it. */
	elapsedMs(): number;
	/** @param delayMs 0 to 2^31 - 1; fractions are cut off, as real timers do it. @returns cancels */
	schedule(
		delayMs: number,
		callback: () => void,
		isBackground?: boolean,
	): () => void;
	/** The timers that wait, soonest first. */
	readonly timers: readonly VirtualTimer[];
	/** Lets time pass; each timer fires at its time, and everything it set going settles before the next one. */
	advance(ms: number): Promise<void>;
	/** Lets time pass without a timer, as in a throttled tab; those that fell due then fire together. */
	jump(ms: number): Promise<void>;
	/** Goes on to the next timer. @returns `false` when there is none */
	advanceToNextTimer(): Promise<boolean>;
	/** Lets everything settle that waits for no timer. */
	flush(): Promise<void>;
}

/** So many timers at one moment are a loop, not a coincidence. */
const maxFirings = 10_000;

// taken at import: fake global timers of a test runner must not stop this one
const { setImmediate: immediate, setTimeout: timeout } = globalThis as {
	setImmediate?: (callback: () => void) => unknown;
	setTimeout: (callback: () => void, delayMs: number) => unknown;
};

/** One turn of the real event loop: `Request` bodies and streams settle in tasks, not only in microtasks. */
const turn = (): Promise<void> =>
	new Promise((resolve) => {
		if (immediate) immediate(resolve);
		else timeout(resolve, 0);
	});

export function createVirtualClock(): VirtualClock {
	type Entry = VirtualTimer & { readonly callback: () => void };
	let elapsedMs = 0;
	// in firing order; equal times keep the order of scheduling
	const entries: Entry[] = [];

	const flush = async (): Promise<void> => {
		await turn();
		await turn();
	};

	async function runUntil(endMs: number): Promise<void> {
		await flush();
		let firings = 0;
		for (;;) {
			const next = entries[0];
			if (!next || next.atMs > endMs) break;
			entries.shift();
			firings = next.atMs > elapsedMs ? 0 : firings + 1;
			if (firings > maxFirings)
				throw new RangeError(
					"timers set each other for ever, and no time passes",
				);
			elapsedMs = Math.max(elapsedMs, next.atMs);
			next.callback();
			await flush();
		}
		elapsedMs = Math.max(elapsedMs, endMs);
	}

	const checked = (ms: number): number => {
		if (!(ms >= 0)) throw new RangeError("time must not go back");
		return ms;
	};

	return {
		elapsedMs: () => elapsedMs,
		schedule(delayMs, callback, isBackground = false) {
			if (!(delayMs >= 0 && delayMs < 2 ** 31))
				throw new RangeError("a timer's delay is 0 to 2^31 - 1 ms");
			// as real timers do it: whole milliseconds, so up to one too early, and none in no time but 0
			const wholeMs = delayMs > 0 ? Math.max(1, Math.trunc(delayMs)) : 0;
			const entry = { atMs: elapsedMs + wholeMs, isBackground, callback };
			let index = entries.length;
			while (index > 0 && (entries[index - 1] as Entry).atMs > entry.atMs)
				index--;
			entries.splice(index, 0, entry);
			return () => {
				const found = entries.indexOf(entry);
				if (found >= 0) entries.splice(found, 1);
			};
		},
		get timers() {
			return entries.map(({ atMs, isBackground }) => ({ atMs, isBackground }));
		},
		advance: (ms) => runUntil(elapsedMs + checked(ms)),
		async jump(ms) {
			await flush();
			elapsedMs += checked(ms);
			await runUntil(elapsedMs);
		},
		async advanceToNextTimer() {
			await flush();
			const next = entries[0];
			if (!next) return false;
			await runUntil(next.atMs);
			return true;
		},
		flush,
	};
}
