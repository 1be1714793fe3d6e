import { expect, test } from "vitest";
import type { Call, TraceView } from "../session/trace.ts";
import { createScale, pack } from "./timeline-scale.ts";

const call = (id: number, atMs: number, endMs: number | null): Call => ({
	id,
	kind: "api",
	atMs,
	endMs,
	outcome: endMs === null ? null : "200",
	sends: [],
});

const view = (...calls: Call[]): TraceView => ({
	calls,
	states: [],
	deeds: [],
});

test("a quiet minute is folded, and what comes after it keeps its scale", () => {
	const scale = createScale(
		view(call(1, 1_000, 1_100), call(2, 61_000, 61_100)),
		61_200,
		1,
	);
	expect(scale.stretches.map(({ isFolded }) => isFolded)).toEqual([
		false,
		true,
		false,
	]);
	expect(scale.x(1_100) - scale.x(1_000)).toBeCloseTo(100);
	expect(scale.x(61_100) - scale.x(61_000)).toBeCloseTo(100);
	expect(scale.x(61_000) - scale.x(1_100)).toBeLessThan(300);
});

test("places never go back in time, also inside a fold", () => {
	const scale = createScale(
		view(call(1, 0, 50), call(2, 9_000, 9_050)),
		9_100,
		0.4,
	);
	const places = Array.from({ length: 190 }, (_, index) =>
		scale.x(index * 50 - 100),
	);
	expect(places).toEqual(places.toSorted((a, b) => a - b));
});

test("fits what there is into the room there is", () => {
	const scale = createScale(
		view(call(1, 0, 900), call(2, 5_000, 5_900)),
		6_000,
		{ fit: 500 },
	);
	expect(scale.width).toBeCloseTo(500);
});

test("what is not over reaches to now", () => {
	const scale = createScale(view(call(1, 0, null)), 700, 1);
	expect(scale.activeMs).toBeCloseTo(700 + 180);
});

test("nothing is nowhere", () => {
	const scale = createScale(view(), 10, { fit: 500 });
	expect([scale.width, scale.x(5)]).toEqual([0, 0]);
});

test("what overlaps gets rows of its own, and rows are used again", () => {
	const calls = [
		call(1, 0, 10),
		call(2, 5, 15),
		call(3, 10, 20),
		call(4, 12, null),
	];
	const { rows, rowOf } = pack(calls);
	expect(rows).toBe(3);
	expect(calls.map((one) => rowOf.get(one))).toEqual([0, 1, 0, 2]);
});
