import { expect, test } from "vitest";
import { resultTable, tally } from "./result-table.ts";
import type { Outcome } from "./scenarios.ts";

const outcome = (scenario: string, failure: string | null): Outcome => ({
	scenario,
	adapter: "ky",
	api: "oz",
	failure,
});

const results = [
	{
		runtime: "Node.js 22",
		version: "22.1.0",
		outcomes: [outcome("a", null), outcome("a", null), outcome("b", "broke")],
	},
	{ runtime: "Chromium", version: null, outcomes: new Error("crashed") },
];

test("a cell counts what holds, and names what fails", () => {
	expect(resultTable(["a", "b"], results)).toBe(
		[
			"|  | Node.js 22.1.0 | Chromium |",
			"| --- | --- | --- |",
			"| a | 2 ok | did not run |",
			"| b | FAILS: ky × oz | did not run |",
		].join("\n"),
	);
});

test("a scenario that a runtime never played is no success", () => {
	expect(resultTable(["c"], results)).toContain("| c | not played |");
});

test("a runtime that did not run counts as one failure", () => {
	expect(tally(results)).toEqual({ passed: 2, failed: 2 });
});
