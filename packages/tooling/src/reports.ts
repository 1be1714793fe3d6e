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
	/** Those of the tests that failed in the first run, and passed when their file ran by itself. */
	readonly unsteady: readonly string[];
}

/** More files than these do not fail by bad luck. */
const maxUnluckyFiles = 3;

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
	const none = { name, passed: 0, failed: 0, tests: [], unsteady: [] };
	if (!existsSync(path)) return { ...none, complaints: [`${name}: no report`] };
	const text = readFileSync(path, "utf8");
	const report = JSON.parse(text) as Report;
	const tests = testRuns(report);
	const passed = report.numPassedTests;
	// The totals of a report know nothing of a file whose hooks fail.
	const failed = Math.max(report.numFailedTests, failedOf(tests).length);
	const complaints = findCanaries(text).map(
		(where) => `${name}: a canary, ${where}`,
	);
	if (passed === 0) complaints.push(`${name}: no test passed`);
	else if ((code !== 0 || !report.success) && failed === 0)
		complaints.push(`${name}: no test failed, the run did`);
	return { ...none, passed, failed, tests, complaints };
}

const fileOf = ({ name }: TestRun): string => name.slice(0, name.indexOf(": "));

const failedOf = (tests: readonly TestRun[]): readonly TestRun[] =>
	tests.filter(({ status }) => status === "failed");

/** The files worth a second run, by themselves: some, not many, and nothing else is wrong with the suite. */
export function unluckyFiles({ tests, complaints }: Suite): readonly string[] {
	const files = [...new Set(failedOf(tests).map(fileOf))];
	return complaints.length === 0 && files.length <= maxUnluckyFiles
		? files
		: [];
}

/**
 * @param again those of its files that failed, run by themselves
 * @returns the suite with their tests as they went then, if all is well with them; else the suite as it was
 */
export function withSecondRun(suite: Suite, again: Suite): Suite {
	const files = new Set(again.tests.map(fileOf));
	const failed = failedOf(suite.tests);
	if (
		again.failed + again.complaints.length > 0 ||
		!failed.every((test) => files.has(fileOf(test)))
	)
		return suite;
	const tests = [
		...suite.tests.filter((test) => !files.has(fileOf(test))),
		...again.tests,
	];
	return {
		...suite,
		passed: tests.filter(({ status }) => status === "passed").length,
		failed: 0,
		tests,
		unsteady: failed.map(({ name }) => name),
	};
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
		// A file that does not load, or whose hooks fail, has no failed test, and has failed all the same.
		return file.status === "failed" && failedOf(tests).length === 0
			? [
					...tests,
					{ name: `${path}: does not load`, status: "failed", figures: {} },
				]
			: tests;
	});
}
