/**
 * `node sum-reports.ts <folder> <failed steps> <name>=<exit code>...`: adds up Vitest's JSON reports and ends with
 * `N passed, M failed` on a line of its own. What failed without a failed test (a type error, a canary) counts as one.
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
	readonly success: boolean;
}

/** @param runs exit code by name of the report, which is `<name>.json` in the folder */
export function sumReports(
	folder: string,
	runs: Readonly<Record<string, number>>,
): Sum {
	let passed = 0;
	let failed = 0;
	const complaints: string[] = [];
	for (const [name, code] of Object.entries(runs)) {
		const path = join(folder, `${name}.json`);
		if (!existsSync(path)) {
			complaints.push(`${name}: no report`);
			continue;
		}
		const text = readFileSync(path, "utf8");
		const report = JSON.parse(text) as Report;
		passed += report.numPassedTests;
		failed += report.numFailedTests;
		if (report.numPassedTests === 0) complaints.push(`${name}: no test passed`);
		else if ((code !== 0 || !report.success) && report.numFailedTests === 0)
			complaints.push(`${name}: no test failed, the run did`);
		for (const where of findCanaries(text))
			complaints.push(`${name}: a canary, ${where}`);
	}
	return { passed, failed, complaints };
}

if (import.meta.main) {
	const [folder = "", steps = "0", ...runs] = process.argv.slice(2);
	const sum = sumReports(
		folder,
		Object.fromEntries(
			runs.map((text) => {
				const [name = "", code] = text.split("=");
				return [name, Number(code)] as const;
			}),
		),
	);
	for (const complaint of sum.complaints) console.error(complaint);
	const failed = sum.failed + sum.complaints.length + Number(steps);
	console.log(`${sum.passed} passed, ${failed} failed`);
	process.exitCode = failed === 0 ? 0 : 1;
}
