import { describe, expect, test } from "vitest";
import { virtualPlatform } from "./virtual-platform.ts";

const isBackground = { isBackground: true };

describe("time", () => {
	test("passes only when told so, and fires timers at their time, in order", async () => {
		const platform = virtualPlatform({ startMs: 1_000 });
		const fired: [string, number][] = [];
		const note = (name: string) => () =>
			fired.push([name, platform.monotonicMs()]);
		platform.schedule(20, note("b"), isBackground);
		platform.schedule(10, note("a"), isBackground);
		platform.schedule(20, note("c"), isBackground);
		const cancel = platform.schedule(15, note("never"), isBackground);
		cancel();
		cancel();
		await platform.advance(19);
		expect(fired).toEqual([["a", 10]]);
		await platform.advance(1);
		expect(fired).toEqual([
			["a", 10],
			["b", 20],
			["c", 20],
		]);
		expect(platform.nowMs()).toBe(1_020);
		expect(platform.timers).toEqual([]);
	});

	test("lets what a timer set going settle before the next one", async () => {
		const platform = virtualPlatform();
		const order: string[] = [];
		platform.schedule(
			10,
			async () => {
				order.push("first");
				await new Response("body").text();
				order.push("its body");
			},
			isBackground,
		);
		platform.schedule(10, () => order.push("second"), isBackground);
		await platform.advance(10);
		expect(order).toEqual(["first", "its body", "second"]);
	});

	test("runs timers that timers set, within the same stretch", async () => {
		const platform = virtualPlatform();
		let ticks = 0;
		const tick = () => {
			ticks++;
			platform.schedule(10, tick, isBackground);
		};
		tick();
		await platform.advance(95);
		expect(ticks).toBe(10);
	});

	test("cuts fractions off as real timers do: up to a millisecond too early, never a loop in no time", async () => {
		const platform = virtualPlatform();
		const fired: number[] = [];
		for (const delayMs of [0, 1e-10, 0.7, 1.9, 99.999])
			platform.schedule(
				delayMs,
				() => fired.push(platform.monotonicMs()),
				isBackground,
			);
		await platform.advance(200);
		expect(fired).toEqual([0, 1, 1, 1, 99]);
	});

	test("finds timers that set each other for ever", async () => {
		const platform = virtualPlatform();
		const again = () => void platform.schedule(0, again, isBackground);
		again();
		await expect(platform.advance(1)).rejects.toThrow(RangeError);
	});

	test("goes from timer to timer", async () => {
		const platform = virtualPlatform();
		platform.schedule(30 * 86_400_000 - 2 ** 31, () => {}, isBackground);
		expect(await platform.advanceToNextTimer()).toBe(true);
		expect(await platform.advanceToNextTimer()).toBe(false);
		expect(platform.elapsedMs()).toBe(30 * 86_400_000 - 2 ** 31);
	});

	test("B31 refuses delays that real timers do not hold", () => {
		const platform = virtualPlatform();
		for (const delayMs of [2 ** 31, Infinity, -1, Number.NaN])
			expect(() => platform.schedule(delayMs, () => {}, isBackground)).toThrow(
				RangeError,
			);
	});

	test("B37 jumps over timers, which then fire together at the end", async () => {
		const platform = virtualPlatform();
		const fired: number[] = [];
		for (const delayMs of [10, 20, 30])
			platform.schedule(
				delayMs,
				() => fired.push(platform.monotonicMs()),
				isBackground,
			);
		await platform.jump(60_000);
		expect(fired).toEqual([60_000, 60_000, 60_000]);
	});

	test("B36 sleeps: the wall clock goes on, the monotonic clock and the timers stand still", async () => {
		const platform = virtualPlatform({ startMs: 0 });
		let isFired = false;
		platform.schedule(
			1_000,
			() => {
				isFired = true;
			},
			isBackground,
		);
		await platform.sleep(8 * 3_600_000);
		expect([platform.nowMs(), platform.monotonicMs(), isFired]).toEqual([
			8 * 3_600_000,
			0,
			false,
		]);
		expect(platform.forServer.nowMs()).toBe(8 * 3_600_000);
		await platform.advance(1_000);
		expect(isFired).toBe(true);
		await platform.sleep(500, { isCounted: true });
		expect(platform.monotonicMs()).toBe(1_500);
	});

	test("the clocks of the device are set apart from each other and from the server's", () => {
		const platform = virtualPlatform({ startMs: 1_000 });
		platform.setWallClock(500);
		platform.setMonotonic(77);
		expect([
			platform.nowMs(),
			platform.monotonicMs(),
			platform.forServer.nowMs(),
		]).toEqual([500, 77, 1_000]);
	});

	test("time does not go back", async () => {
		const platform = virtualPlatform();
		await expect(async () => platform.advance(-1)).rejects.toThrow(RangeError);
		await expect(platform.sleep(-1)).rejects.toThrow(RangeError);
	});

	test("a delay ends with its signal, and leaves no timer", async () => {
		const platform = virtualPlatform();
		const gone = new AbortController();
		const late = platform.delay(10, gone.signal);
		const early = platform.delay(10);
		gone.abort(new Error("gone"));
		await expect(late).rejects.toThrow("gone");
		expect(platform.timers).toHaveLength(1);
		await platform.advance(10);
		await early;
		await expect(platform.delay(1, gone.signal)).rejects.toThrow("gone");
	});
});

test("random numbers repeat with the seed and spread over 0 to 1", () => {
	const draw = (seed: number) => {
		const { random } = virtualPlatform({ seed });
		return Array.from({ length: 1_000 }, random);
	};
	expect(draw(7)).toEqual(draw(7));
	expect(draw(7)).not.toEqual(draw(8));
	const numbers = draw(7);
	expect(Math.min(...numbers)).toBeGreaterThanOrEqual(0);
	expect(Math.max(...numbers)).toBeLessThan(1);
	const mean = numbers.reduce((sum, one) => sum + one, 0) / numbers.length;
	expect(Math.abs(mean - 0.5)).toBeLessThan(0.05);
});
