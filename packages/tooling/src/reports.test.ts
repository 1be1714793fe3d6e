import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { CANARY } from "./canary.ts";
import { readSuite } from "./reports.ts";
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

test("a file that does not load is a failed test", () => {
	const name = join(root, "packages/core/src/a.test.ts");
	write(1, 0, {
		success: false,
		testResults: [{ name, status: "failed", assertionResults: [] }],
	});
	expect(readSuite(dir, "suite", 1).tests).toEqual([
		{
			name: "packages/core/src/a.test.ts: does not load",
			status: "failed",
			figures: {},
		},
	]);
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
