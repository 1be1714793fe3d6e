/**
 * `node sum-reports.ts <folder> <failed steps>`: adds up Vitest's JSON reports and ends with `N passed, M failed` on a line
 * of its own. A step that failed without a failed test (a type error, a size) counts as one.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { findCanaries } from "./canary-search.ts";

export interface Sum {
	readonly passed: number;
	readonly failed: number;
	/** What makes the run fail besides failed tests. */
	readonly complaints: readonly string[];
}

interface Report {
	readonly numPassedTests: number;
	readonly numFailedTests: number;
	readonly numFailedTestSuites: number;
	readonly success: boolean;
}

export function sumReports(
	folder: string,
	names: readonly string[],
	failedSteps = 0,
): Sum {
	let passed = 0;
	let failed = 0;
	const complaints: string[] = [];
	for (const name of names) {
		const path = join(folder, `${name}.json`);
		if (!existsSync(path)) {
			complaints.push(`${name}: no report`);
			continue;
		}
		const text = readFileSync(path, "utf8");
		const report = JSON.parse(text) as Report;
		passed += report.numPassedTests;
		failed += report.numFailedTests;
		if (!report.success && report.numFailedTests === 0)
			complaints.push(`${name}: no test failed, the run did`);
		if (report.numPassedTests === 0) complaints.push(`${name}: no test passed`);
		complaints.push(
			...findCanaries(text).map((where) => `${name}: a canary, ${where}`),
		);
	}
	// Failed tests made their own step fail; other steps are one failure each.
	const rest = failedSteps - (failed > 0 ? 1 : 0);
	if (rest > 0 && complaints.length === 0)
		complaints.push(`${rest} more failed: see above`);
	return { passed, failed, complaints };
}

if (import.meta.main) {
	const [folder = "", steps = "0"] = process.argv.slice(2);
	const sum = sumReports(folder, ["test", "deep"], Number(steps));
	for (const complaint of sum.complaints) console.error(complaint);
	const failed = sum.failed + sum.complaints.length;
	console.log(`${sum.passed} passed, ${failed} failed`);
	process.exitCode = failed === 0 ? 0 : 1;
}
