/** What the suites of `pnpm verify` leave behind: Vitest's JSON reports, and the matrix' one, which has totals only. */
import { existsSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { findCanaries } from "./canary-search.ts";
import { root } from "./workspace.ts";

/** Numbers that a test has measured, by what they count: `Object.assign(task.meta, { figures: { states: 1200 } })`. */
export type Figures = Readonly<Record<string, number>>;

export interface TestRun {
	/** `packages/core/src/secret.test.ts: B107 shows a fingerprint` */
	readonly name: string;
	readonly status: "passed" | "failed" | "left out";
	readonly figures: Figures;
}

export interface Suite {
	readonly name: string;
	readonly passed: number;
	readonly failed: number;
	readonly tests: readonly TestRun[];
	/** What makes it fail besides failed tests: no report, a type error, a canary. */
	readonly complaints: readonly string[];
}

interface Report {
	readonly numPassedTests: number;
	readonly numFailedTests: number;
	readonly success: boolean;
	readonly testResults?: readonly {
		readonly name: string;
		readonly status: string;
		readonly assertionResults: readonly {
			readonly fullName: string;
			readonly status: string;
			readonly meta?: { readonly figures?: Figures };
		}[];
	}[];
}

/** @param code of the run that wrote `<name>.json` into the folder */
export function readSuite(folder: string, name: string, code: number): Suite {
	const path = join(folder, `${name}.json`);
	const none = { name, passed: 0, failed: 0, tests: [] };
	if (!existsSync(path)) return { ...none, complaints: [`${name}: no report`] };
	const text = readFileSync(path, "utf8");
	const report = JSON.parse(text) as Report;
	const { numPassedTests: passed, numFailedTests: failed } = report;
	const complaints = findCanaries(text).map(
		(where) => `${name}: a canary, ${where}`,
	);
	if (passed === 0) complaints.push(`${name}: no test passed`);
	else if ((code !== 0 || !report.success) && failed === 0)
		complaints.push(`${name}: no test failed, the run did`);
	return { name, passed, failed, tests: testRuns(report), complaints };
}

function testRuns({ testResults = [] }: Report): TestRun[] {
	return testResults.flatMap((file) => {
		const path = relative(root, file.name);
		const tests = file.assertionResults.map(
			({ fullName, status, meta }): TestRun => ({
				name: `${path}: ${fullName}`,
				status:
					status === "passed" || status === "failed" ? status : "left out",
				figures: meta?.figures ?? {},
			}),
		);
		// A file that does not load has no tests, and has failed all the same.
		return tests.length === 0 && file.status === "failed"
			? [{ name: `${path}: does not load`, status: "failed", figures: {} }]
			: tests;
	});
}
