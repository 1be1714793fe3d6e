import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { CANARY } from "./canary.ts";
import {
	readSuite,
	type Suite,
	type TestRun,
	unluckyFiles,
	withSecondRun,
} from "./reports.ts";
import { root } from "./workspace.ts";

let dir = "";
beforeEach(() => {
	dir = mkdtempSync(join(tmpdir(), "keyturn-reports-"));
});
afterEach(() => rmSync(dir, { recursive: true }));

function write(passed: number, failed: number, more = {}): void {
	writeFileSync(
		join(dir, "suite.json"),
		JSON.stringify({
			numPassedTests: passed,
			numFailedTests: failed,
			success: failed === 0,
			...more,
		}),
	);
}
const complaints = (code = 0) => readSuite(dir, "suite", code).complaints;

test("reads each test with its file, and what it has measured", () => {
	const name = join(root, "packages/core/src/a.test.ts");
	const figures = { states: 3 };
	write(1, 1, {
		testResults: [
			{
				name,
				status: "failed",
				assertionResults: [
					{ fullName: "B1 works", status: "passed", meta: { figures } },
					{ fullName: "waits", status: "skipped", meta: {} },
					{ fullName: "breaks", status: "failed" },
				],
			},
		],
	});
	const suite = readSuite(dir, "suite", 1);
	expect(suite).toMatchObject({ passed: 1, failed: 1, complaints: [] });
	expect(suite.tests).toEqual([
		{
			name: "packages/core/src/a.test.ts: B1 works",
			status: "passed",
			figures,
		},
		{
			name: "packages/core/src/a.test.ts: waits",
			status: "left out",
			figures: {},
		},
		{
			name: "packages/core/src/a.test.ts: breaks",
			status: "failed",
			figures: {},
		},
	]);
});

test("a file that does not load, or whose hooks fail, is a failed test", () => {
	const name = join(root, "packages/core/src/a.test.ts");
	const skipped = { fullName: "waits", status: "skipped" };
	for (const assertionResults of [[], [skipped]]) {
		write(1, 0, {
			success: false,
			testResults: [{ name, status: "failed", assertionResults }],
		});
		const { tests, ...suite } = readSuite(dir, "suite", 1);
		expect(suite).toMatchObject({ passed: 1, failed: 1, complaints: [] });
		expect(tests.at(-1)).toEqual({
			name: "packages/core/src/a.test.ts: does not load",
			status: "failed",
			figures: {},
		});
	}
});

const ran = (...tests: readonly [string, TestRun["status"]][]): Suite => ({
	name: "suite",
	passed: tests.filter(([, status]) => status === "passed").length,
	failed: tests.filter(([, status]) => status === "failed").length,
	tests: tests.map(([name, status]) => ({ name, status, figures: {} })),
	complaints: [],
	unsteady: [],
});
const mixed = ran(
	["a.test.ts: one: two", "failed"],
	["a.test.ts: three", "passed"],
	["b.test.ts: four", "passed"],
);
const mended = ran(
	["a.test.ts: one: two", "passed"],
	["a.test.ts: three", "passed"],
);

test("few files that fail are worth a second run; many are not, nor is a suite with other faults", () => {
	expect(unluckyFiles(mixed)).toEqual(["a.test.ts"]);
	expect(unluckyFiles(mended)).toEqual([]);
	expect(unluckyFiles({ ...mixed, complaints: ["a canary"] })).toEqual([]);
	const bad = (file: string): [string, "failed"] => [`${file}: x`, "failed"];
	expect(unluckyFiles(ran(bad("a"), bad("b"), bad("c")))).toHaveLength(3);
	expect(unluckyFiles(ran(bad("a"), bad("b"), bad("c"), bad("d")))).toEqual([]);
});

test("what passes in a second run counts as passed and is named", () => {
	expect(withSecondRun(mixed, mended)).toMatchObject({
		passed: 3,
		failed: 0,
		unsteady: ["a.test.ts: one: two"],
	});
	const unloadable = ran(["a.test.ts: does not load", "failed"]);
	expect(withSecondRun(unloadable, mended)).toMatchObject({
		passed: 2,
		failed: 0,
		unsteady: ["a.test.ts: does not load"],
	});
});

test.each([
	["fails again", mixed],
	["fails otherwise", { ...mended, complaints: ["no report"] }],
	["does not run", ran(["b.test.ts: four", "passed"])],
])("a suite stays failed when what failed in it %s", (_, again) => {
	expect(withSecondRun(mixed, again)).toBe(mixed);
});

test("a missing report, an empty one and a run that failed without a failed test are complaints", () => {
	expect(complaints(1)).toEqual(["suite: no report"]);
	write(0, 0);
	expect(complaints()).toEqual(["suite: no test passed"]);
	write(3, 0, { success: false });
	expect(complaints()).toEqual(["suite: no test failed, the run did"]);
	write(3, 0);
	expect(complaints(1)).toEqual(["suite: no test failed, the run did"]);
	expect(complaints(0)).toEqual([]);
});

test("S15 D10 a canary in a report is a complaint that does not repeat it", () => {
	write(1, 0, { message: `${CANARY}1` });
	expect(complaints()).toHaveLength(1);
	expect(complaints().join()).not.toContain(CANARY);
});
