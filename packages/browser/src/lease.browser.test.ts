import { beforeEach, expect, test } from "vitest";
import { getEntry, putEntry } from "../test/entries.ts";
import { leaseOn } from "./lease.ts";

const minuteMs = 60_000;

let count = 0;
let name = "";
beforeEach(() => {
	name = `lease-${++count}`;
});

test("is one holder's until it is ended, and nobody else can end it", async () => {
	const mine = leaseOn(name, false);
	const others = leaseOn(name, false);
	expect(await mine(minuteMs)).toBe(true);
	expect(await others(minuteMs)).toBe(false);
	expect(await others(0)).toBe(false);
	expect(await others(minuteMs)).toBe(false);
	expect(await mine(0)).toBe(true);
	expect(await others(minuteMs)).toBe(true);
	expect(await mine(0)).toBe(false);
	expect(await mine(minuteMs)).toBe(false);
});

test("passes to one of many who ask at once", async () => {
	const taken = await Promise.all(
		Array.from({ length: 8 }, () => leaseOn(name, false)(minuteMs)),
	);
	expect(taken.filter(Boolean)).toHaveLength(1);
});

test("passes at once to whoever has the lock of a holder that was killed", async () => {
	expect(await leaseOn(name, true)(minuteMs)).toBe(true);
	expect(await leaseOn(name, false)(minuteMs)).toBe(false);
	expect(await leaseOn(name, true)(minuteMs)).toBe(true);
});

test("is not ended by its last holder when the lock has passed on", async () => {
	const first = leaseOn(name, true);
	const second = leaseOn(name, true);
	await first(minuteMs);
	await second(minuteMs);
	expect(await first(0)).toBe(false);
	expect(await leaseOn(name, false)(minuteMs)).toBe(false);
});

test("runs out by itself", async () => {
	await putEntry(name, {
		id: 1,
		fromMs: Date.now() - 2,
		untilMs: Date.now() - 1,
		isLocked: false,
	});
	expect(await leaseOn(name, false)(minuteMs)).toBe(true);
});

test.each([
	[
		"from the future: the clock was set back",
		{ fromMs: Date.now() + 3_600_000, untilMs: Date.now() + 3_700_000 },
	],
	["without an end", { fromMs: 0, untilMs: null }],
	["that is text", "lease"],
])("is not held up by one %s", async (_, lease) => {
	await putEntry(name, lease);
	expect(await leaseOn(name, false)(minuteMs)).toBe(true);
});

test("keeps no secret: who, since when, until when, and how", async () => {
	await leaseOn(name, true)(minuteMs);
	expect(await getEntry(name)).toEqual({
		id: expect.any(Number),
		fromMs: expect.any(Number),
		untilMs: expect.any(Number),
		isLocked: true,
	});
});
