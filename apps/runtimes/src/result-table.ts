import type { Outcome } from "./scenarios.ts";

export interface Result {
	readonly runtime: string;
	readonly version: string | null;
	/** An error: the runtime itself did not come to an end. */
	readonly outcomes: readonly Outcome[] | Error;
}

/** Each cell is two adapters times two APIs. */
const cell = (
	outcomes: readonly Outcome[] | Error,
	scenario: string,
): string => {
	if (outcomes instanceof Error) return "did not run";
	const mine = outcomes.filter((outcome) => outcome.scenario === scenario);
	const failed = mine.filter(({ failure }) => failure !== null);
	if (mine.length === 0) return "not played";
	return failed.length === 0
		? `${mine.length} ok`
		: `FAILS: ${failed.map(({ adapter, api }) => `${adapter} × ${api}`).join(", ")}`;
};

export function resultTable(
	scenarios: readonly string[],
	results: readonly Result[],
): string {
	const row = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
	return [
		row([
			"",
			...results.map(({ runtime, version }) =>
				version ? `${runtime.replace(/\s22$/, "")} ${version}` : runtime,
			),
		]),
		row(["---", ...results.map(() => "---")]),
		...scenarios.map((scenario) =>
			row([
				scenario,
				...results.map(({ outcomes }) => cell(outcomes, scenario)),
			]),
		),
	].join("\n");
}

export function tally(results: readonly Result[]): {
	passed: number;
	failed: number;
} {
	let passed = 0;
	let failed = 0;
	for (const { outcomes } of results)
		if (outcomes instanceof Error) failed++;
		else
			for (const { failure } of outcomes)
				if (failure === null) passed++;
				else failed++;
	return { passed, failed };
}
