import { checks } from "./checks.ts";
import { beyondTests, promised, unproven } from "./promises.ts";
import type { Suite } from "./reports.ts";
import { type Check, judge, type Program, type Verdict } from "./verdict.ts";

export interface Circumstances {
	/** What this machine lacks. */
	readonly absent: readonly Program[];
	/** Then nothing may be left out. */
	readonly isCI: boolean;
	readonly rows?: readonly Check[];
}

export interface Summary {
	readonly verdicts: readonly Verdict[];
	readonly passed: number;
	/** Failed tests, and whatever else makes the run fail. */
	readonly failed: number;
}

/** What all suites together say of each promise. */
export function summarize(
	suites: readonly Suite[],
	{ absent, isCI, rows = checks }: Circumstances,
): Summary {
	const tests = suites.flatMap((suite) => suite.tests);
	const verdicts = [
		...rows.map((check) => judge(check, tests, absent)),
		promises(suites, absent),
		leftOut(suites),
		steadiness(suites),
	];
	const bad = verdicts.filter(
		({ result }) => result === "MISSING" || (isCI && result === "left out"),
	);
	const sum = (of: (suite: Suite) => number) =>
		suites.reduce((total, suite) => total + of(suite), 0);
	return {
		verdicts,
		passed: sum(({ passed }) => passed),
		failed:
			sum(({ failed, complaints }) => failed + complaints.length) + bad.length,
	};
}

function promises(
	suites: readonly Suite[],
	absent: readonly Program[],
): Verdict {
	const proofs = suites
		.flatMap(({ tests }) => tests)
		.filter(({ status }) => status === "passed");
	const open = unproven(proofs.map(({ name }) => name));
	const beyond = Object.keys(beyondTests).length;
	const title = "every numbered promise has a test";
	if (open.length === 0)
		return {
			title,
			result: "ok",
			figure: `${promised.length - beyond} of ${promised.length}, ${beyond} beyond tests`,
		};
	const result = absent.length > 0 ? "left out" : "MISSING";
	return { title, result, figure: open.join(" ") };
}

function leftOut(suites: readonly Suite[]): Verdict {
	const { length } = suites
		.flatMap(({ tests }) => tests)
		.filter(({ status }) => status === "left out");
	return {
		title: "no test is left out",
		result: length === 0 ? "ok" : "left out",
		figure: `${length} left out`,
	};
}

/** Does not fail the run, and is the next thing to mend. */
function steadiness(suites: readonly Suite[]): Verdict {
	const names = suites.flatMap(({ unsteady }) => unsteady);
	return {
		title: "every test passes at the first try",
		result: names.length === 0 ? "ok" : "unsteady",
		figure: names.join("; ") || "0 second tries",
	};
}
