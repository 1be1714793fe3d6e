import { expect, test } from "vitest";
import { checks } from "./checks.ts";
import { promised } from "./promises.ts";
import type { Suite, TestRun } from "./reports.ts";
import { type Circumstances, summarize } from "./summary.ts";
import { type Check, formatTable, judge } from "./verdict.ts";

const passes = (name: string, figures = {}): TestRun => ({
	name,
	status: "passed",
	figures,
});
const check: Check = { title: "a", tests: /^a\.test\.ts: /, needs: "Redis" };

test("a row passes when all of its tests do, and adds up what they measured", () => {
	const tests = [
		passes("a.test.ts: one", { states: 1_000, kB: 0.5 }),
		passes("a.test.ts: two", { states: 234 }),
		passes("b.test.ts: three", { states: 1 }),
	];
	expect(judge(check, tests, [])).toEqual({
		title: "a",
		result: "ok",
		figure: "1,234 states, 0.5 kB",
	});
	expect(judge({ ...check, tests: /one/ }, [passes("one")], []).figure).toBe(
		"1 test",
	);
});

test("a row fails when one of its tests does, is missing when it has none, is left out with them", () => {
	const failed: TestRun = { ...passes("a.test.ts: two"), status: "failed" };
	const out: TestRun = { ...failed, status: "left out" };
	const one = passes("a.test.ts: one");
	const result = (tests: TestRun[], absent: "Redis"[] = []) =>
		judge(check, tests, absent).result;
	expect(result([one, failed, out])).toBe("FAILED");
	expect(result([one, out])).toBe("left out");
	expect(result([passes("b.test.ts: one")])).toBe("MISSING");
	expect(result([], ["Redis"])).toBe("left out");
});

const suite = (tests: TestRun[], complaints: string[] = []): Suite => ({
	name: "suite",
	passed: tests.filter(({ status }) => status === "passed").length,
	failed: tests.filter(({ status }) => status === "failed").length,
	tests,
	complaints,
	unsteady: [],
});
const everything = passes(`a.test.ts: ${promised.join(" ")}`);
const failures = (suites: Suite[], more: Partial<Circumstances> = {}) =>
	summarize(suites, { absent: [], isCI: false, rows: [check], ...more }).failed;

test("all is well", () => {
	const summary = summarize([suite([everything])], {
		absent: [],
		isCI: true,
		rows: [check],
	});
	expect(summary).toMatchObject({ passed: 1, failed: 0 });
	expect(summary.verdicts.map(({ result }) => result)).toEqual(
		Array(4).fill("ok"),
	);
});

test("a failed test counts once, however many rows it fails; a complaint and a missing row count as well", () => {
	const failed: TestRun = { ...passes("a.test.ts: b"), status: "failed" };
	expect(failures([suite([everything, failed])])).toBe(1);
	expect(failures([suite([everything], ["no report"])])).toBe(1);
	expect(
		failures([suite([everything])], { rows: [{ title: "b", tests: /b/ }] }),
	).toBe(1);
	expect(failures([suite([passes("a.test.ts: B1")])])).toBe(1);
});

test("what is left out fails in CI only", () => {
	const out: TestRun = { ...passes("c.test.ts: b"), status: "left out" };
	expect(failures([suite([everything, out])])).toBe(0);
	expect(failures([suite([everything, out])], { isCI: true })).toBe(1);
});

test("a test that needed a second run is named, and fails nothing", () => {
	const name = "a.test.ts: b";
	const { failed, verdicts } = summarize(
		[{ ...suite([everything, passes(name)]), unsteady: [name] }],
		{ absent: [], isCI: true, rows: [check] },
	);
	expect(failed).toBe(0);
	expect(verdicts.at(-1)).toMatchObject({ result: "unsteady", figure: name });
});

test("the table has a line for each row, its columns in line", () => {
	const [head = "", rule = "", ...rows] = formatTable([
		{ title: "short", result: "ok", figure: "1" },
		{ title: "a longer title", result: "left out", figure: "2" },
	]).split("\n");
	expect(rows).toHaveLength(2);
	for (const line of [rule.replaceAll("-|-", " | "), ...rows])
		expect(line.indexOf("|")).toBe(head.indexOf("|"));
});

test("each row has a title of its own", () => {
	const titles = checks.map(({ title }) => title);
	expect(new Set(titles).size).toBe(titles.length);
});
