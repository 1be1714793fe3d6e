import { expect, test } from "vitest";
import { beyondTests, numbersIn, promised, unproven } from "./promises.ts";

test("there are 162 of them", () => {
	expect(promised).toHaveLength(120 + 18 + 7 + 17);
});

test.each([
	["B41 ignores a 401", ["B41"]],
	["holds (B62, B64)", ["B62", "B64"]],
	["B97-B99 judges", ["B97", "B98", "B99"]],
	["L1 to L3 and S18 hold", ["L1", "L2", "L3", "S18"]],
	["B0, B121, S19, AB12, B1x and C3 are none", []],
	// No number in this title, or it would count as proof.
])("reads the numbers of a title: sample %#", (title, numbers) => {
	expect([...new Set(numbersIn(title))].sort()).toEqual(numbers);
});

test("what no title names is unproven, unless no test could show it", () => {
	const all = promised.filter((number) => number !== "B41").join(" ");
	expect(unproven([all])).toEqual(["B41"]);
	expect(unproven([])).not.toContain("B110");
});

test("what is beyond tests says why", () => {
	for (const [number, why] of Object.entries(beyondTests)) {
		expect(promised).toContain(number);
		expect(why.length).toBeGreaterThan(40);
	}
});
