/** One case searched for everything: what was found, and how it reads in the printed table. */
import { type Rules, realRules } from "./configuration.ts";
import type { Case } from "./configurations.ts";
import { findLivelock, wantsOf } from "./liveness.ts";
import { type Search, search } from "./search.ts";
import { traceOf } from "./trace.ts";

export interface Check extends Search {
	/** What is broken, with the shortest way there; `null`: nothing. */
	readonly trace: string | null;
	readonly brokenProperty: string | null;
}

export function check(
	configuration: Case,
	rules: Rules = realRules,
	limit?: number,
): Check {
	const { isSafetyOnly = false } = configuration;
	const found = search(configuration, {
		rules,
		...(limit && { limit }),
		...(!isSafetyOnly && { wantsOf }),
	});
	const counterexample =
		found.counterexample ??
		(found.graph && !found.isPartial ? findLivelock(found) : null);
	return {
		...found,
		// gigabytes by the end of a deep run
		graph: null,
		brokenProperty: counterexample?.property ?? null,
		trace:
			counterexample && traceOf(found, counterexample, rules, isSafetyOnly),
	};
}

/** "S3 economical spending" and "S3 resending in doubt" are both S3. */
const idOf = (property: string): string => property.split(" ")[0] as string;

export function premisesOf({ premises }: Search): ReadonlyMap<string, number> {
	const counts = new Map<string, number>();
	for (const [property, count] of premises)
		counts.set(idOf(property), (counts.get(idOf(property)) ?? 0) + count);
	return counts;
}

const short = (count: number): string =>
	count < 10_000 ? `${count}` : `${Math.round(count / 1_000)}k`;

const byKindAndNumber = (a: string, b: string): number =>
	a.localeCompare(b, "en", { numeric: true });

/** Configuration, states, steps, seconds, and how often each property's premise held. */
export function formatTable(checks: readonly Search[]): string {
	const rows = checks.map((item) => [
		item.configuration.name,
		item.states.toLocaleString("en"),
		item.steps.toLocaleString("en"),
		item.seconds.toFixed(1),
		[...premisesOf(item)]
			.sort(([a], [b]) => byKindAndNumber(b, a))
			.map(([id, count]) => `${id} ${short(count)}`)
			.join(", "),
	]);
	const all = [
		["configuration", "states", "steps", "seconds", "premises exercised"],
		...rows,
		[
			"sum",
			checks.reduce((sum, { states }) => sum + states, 0).toLocaleString("en"),
			checks.reduce((sum, { steps }) => sum + steps, 0).toLocaleString("en"),
			checks.reduce((sum, { seconds }) => sum + seconds, 0).toFixed(1),
			"",
		],
	];
	const widths = [0, 1, 2, 3].map((column) =>
		Math.max(...all.map((row) => row[column]?.length ?? 0)),
	);
	return all
		.map((row) =>
			row
				.map((text, column) =>
					column === 0
						? text.padEnd(widths[0] ?? 0)
						: column < 4
							? text.padStart(widths[column] ?? 0)
							: text,
				)
				.join("  ")
				.trimEnd(),
		)
		.join("\n");
}
