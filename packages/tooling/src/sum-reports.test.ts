import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { CANARY } from "./canary.ts";
import { run } from "./run.ts";
import { sumReports } from "./sum-reports.ts";

let dir = "";
beforeEach(() => {
	dir = mkdtempSync(join(tmpdir(), "keyturn-reports-"));
});
afterEach(() => rmSync(dir, { recursive: true }));

function write(name: string, passed: number, failed: number, more = {}): void {
	writeFileSync(
		join(dir, `${name}.json`),
		JSON.stringify({
			numPassedTests: passed,
			numFailedTests: failed,
			success: failed === 0,
			...more,
		}),
	);
}

test("adds up what passed and what failed", () => {
	write("test", 5, 1);
	write("deep", 2, 0);
	expect(sumReports(dir, { test: 1, deep: 0 })).toEqual({
		passed: 7,
		failed: 1,
		complaints: [],
	});
});

test("a missing report, an empty one and a run that failed without a failed test are complaints", () => {
	write("empty", 0, 0);
	write("broken", 3, 0, { success: false });
	write("leaking", 3, 0);
	expect(
		sumReports(dir, { gone: 1, empty: 0, broken: 1, leaking: 1 }).complaints,
	).toEqual([
		"gone: no report",
		"empty: no test passed",
		"broken: no test failed, the run did",
		"leaking: no test failed, the run did",
	]);
});

test("S15 D10 a canary in a report is a complaint that does not repeat it", () => {
	write("test", 1, 0, { message: `${CANARY}1` });
	const { complaints } = sumReports(dir, { test: 0 });
	expect(complaints).toHaveLength(1);
	expect(complaints.join()).not.toContain(CANARY);
});

test.each([
	[["0", "test=0", "deep=0"], 0, "3 passed, 0 failed"],
	[["1", "test=0", "deep=0"], 1, "3 passed, 1 failed"],
	[["2", "test=0", "deep=1"], 1, "3 passed, 3 failed"],
])(
	"given %s it says so on its last line, and by its exit code",
	async (args, code, line) => {
		write("test", 2, 0);
		write("deep", 1, 0);
		const done = await run(
			process.execPath,
			[join(import.meta.dirname, "sum-reports.ts"), dir, ...args],
			{ cwd: dir },
		);
		expect(done.code).toBe(code);
		expect(done.stdout.trimEnd().split("\n").at(-1)).toBe(line);
	},
);
