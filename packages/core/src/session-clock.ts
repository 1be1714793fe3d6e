import type { Platform } from "./ports.ts";

/** A wall clock this far off the monotonic one has jumped; less is NTP slewing and rounding. */
const jumpMs = 1_000;

/**
 * One clock from two: milliseconds since its creation, never going back, sleep included.
 *
 * The monotonic clock leads. It may stop while a machine sleeps, so a wall clock that has jumped ahead is believed and
 * added (B36); one that was set back is not (B35). A platform whose clock throws leaves the time where it was (B46).
 */
export function createSessionClock(platform: Platform): () => number {
	let skippedMs = 0;
	let lastMs = 0;
	let offsetMs = 0;
	let startMs: number | undefined;
	let wallMs: number | undefined;
	return () => {
		try {
			// two readings in the same tick of the wall clock are one: half the price of the ready path
			const readMs = platform.nowMs();
			if (readMs === wallMs) return lastMs;
			wallMs = readMs;
			const atMs = platform.monotonicMs();
			const driftMs = wallMs - atMs - offsetMs;
			if (startMs === undefined) {
				startMs = atMs;
				offsetMs = driftMs;
			} else if (driftMs > jumpMs || driftMs < -jumpMs) {
				offsetMs += driftMs;
				if (driftMs > 0) skippedMs += driftMs;
			}
			lastMs = atMs - startMs + skippedMs;
		} catch {}
		return lastMs;
	};
}
