import { expect, test } from "vitest";
import { inKB, staleFigures, withFigures } from "./figures.ts";

const figures = new Map([["core", "3.4"]]);
const text = (value: string) => `is ${value} kB<!-- size:core --> in all`;

test("rounds up to a tenth of 1000 bytes", () => {
	expect([inKB(3400), inKB(3401), inKB(99)]).toEqual(["3.4", "3.5", "0.1"]);
});

test("finds a figure that is no longer true, and mends it", () => {
	expect(staleFigures(text("3.4"), figures)).toEqual([]);
	expect(staleFigures(text("3.3"), figures)).toEqual([
		{ name: "core", says: "3.3", is: "3.4" },
	]);
	expect(withFigures(text("3.3"), figures)).toBe(text("3.4"));
});

test("finds a figure of something that is measured nowhere", () => {
	expect(staleFigures("1.0 kB<!-- size:gone -->", figures)).toEqual([
		{ name: "gone", says: "1.0", is: undefined },
	]);
});
