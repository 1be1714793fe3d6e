import { expect, test } from "vitest";
import type { Platform } from "./index.ts";
import { createSessionClock } from "./session-clock.ts";

function clocks() {
	const at = { monotonicMs: 5_000, nowMs: 1_700_000_000_000 };
	const now = createSessionClock({
		monotonicMs: () => at.monotonicMs,
		nowMs: () => at.nowMs,
	} as Platform);
	const both = (ms: number) => {
		at.monotonicMs += ms;
		at.nowMs += ms;
	};
	now();
	return { at, now, both };
}

test("counts from its creation", () => {
	const { now, both } = clocks();
	expect(now()).toBe(0);
	both(1_234);
	expect(now()).toBe(1_234);
});

test("B36 adds the time that a machine has slept", () => {
	const { at, now, both } = clocks();
	both(1_000);
	at.nowMs += 8 * 3_600_000;
	expect(now()).toBe(1_000 + 8 * 3_600_000);
	both(10);
	expect(now()).toBe(1_010 + 8 * 3_600_000);
});

test("B35 ignores a wall clock that is set back, and counts on from there", () => {
	const { at, now, both } = clocks();
	both(1_000);
	at.nowMs -= 3_600_000;
	expect(now()).toBe(1_000);
	both(500);
	expect(now()).toBe(1_500);
	at.nowMs += 60_000;
	expect(now()).toBe(61_500);
});

test("does not add up the rounding of two clocks", () => {
	const { at, now } = clocks();
	for (let i = 0; i < 150_000; i++) {
		at.monotonicMs += 0.01;
		at.nowMs =
			1_700_000_000_000 + Math.round((at.monotonicMs - 5_000) / 15) * 15;
		now();
	}
	// the wall clock of this platform ticks every 15 ms
	expect(Math.abs(now() - 1_500)).toBeLessThanOrEqual(15);
});

test("B46 stands still while the platform's clock throws", () => {
	const { at, now, both } = clocks();
	both(700);
	expect(now()).toBe(700);
	Object.defineProperty(at, "nowMs", {
		get() {
			throw new Error("no clock");
		},
	});
	expect(now()).toBe(700);
});
