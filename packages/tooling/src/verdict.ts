/** Each row of `pnpm verify`'s table, judged by the tests that it stands for. */
import type { Figures, TestRun } from "./reports.ts";

export interface Check {
	readonly title: string;
	/** Of tests, as reports name them: `packages/core/src/secret.test.ts: B107 shows a fingerprint`. */
	readonly tests: RegExp;
	/** Without it on this machine there are no such tests. */
	readonly needs?: Program;
}

export type Program = "Chromium" | "Redis";

/**
 * `MISSING`: no such test ran, though it could have. `left out`: this machine lacks what it needs. `unsteady`: failed in
 * the crowd and passed alone.
 */
export type Result = "ok" | "FAILED" | "MISSING" | "left out" | "unsteady";

export interface Verdict {
	readonly title: string;
	readonly result: Result;
	readonly figure: string;
}

export function judge(
	{ title, tests, needs }: Check,
	all: readonly TestRun[],
	absent: readonly Program[],
): Verdict {
	const mine = all.filter(({ name }) => tests.test(name));
	const ofStatus = (wanted: TestRun["status"]) =>
		mine.filter(({ status }) => status === wanted).length;
	const failed = ofStatus("failed");
	const out = ofStatus("left out");
	if (failed > 0)
		return { title, result: "FAILED", figure: `${failed} of ${mine.length}` };
	if (mine.length === 0)
		return needs && absent.includes(needs)
			? { title, result: "left out", figure: `no ${needs}` }
			: {
					title,
					result: "MISSING",
					figure: `no test like ${tests.source}`,
				};
	if (out > 0)
		return { title, result: "left out", figure: `${out} of ${mine.length}` };
	return { title, result: "ok", figure: figureOf(mine) };
}

/** What the tests have measured, added up; else how many there are. */
function figureOf(tests: readonly TestRun[]): string {
	const sums = new Map<string, number>();
	for (const { figures } of tests)
		for (const [unit, value] of Object.entries(figures))
			sums.set(unit, (sums.get(unit) ?? 0) + value);
	if (sums.size === 0)
		return `${tests.length} test${tests.length === 1 ? "" : "s"}`;
	return inWords(Object.fromEntries(sums));
}

export function inWords(figures: Figures): string {
	return Object.entries(figures)
		.map(([unit, value]) => `${number.format(value)} ${unit}`)
		.join(", ");
}

const number = new Intl.NumberFormat("en", { maximumFractionDigits: 2 });

export function formatTable(verdicts: readonly Verdict[]): string {
	const rows = [
		["check", "result", "figure"],
		...verdicts.map(({ title, result, figure }) => [title, result, figure]),
	];
	const widths = [0, 1].map((column) =>
		Math.max(...rows.map((row) => row[column]?.length ?? 0)),
	);
	const lines = rows.map(([title = "", result = "", figure = ""]) =>
		[title.padEnd(widths[0] ?? 0), result.padEnd(widths[1] ?? 0), figure].join(
			" | ",
		),
	);
	lines.splice(
		1,
		0,
		widths
			.map((width) => "-".repeat(width))
			.join("-|-")
			.concat("-|-", "-".repeat(30)),
	);
	return lines.join("\n");
}
