import { afterAll, expect, test } from "vitest";
import { type Check, check, formatTable, premisesOf } from "./check.ts";
import type { Case } from "./configurations.ts";

/**
 * One test per case, and one that nothing was checked in vain. S16, no token outside its API, is not the search's: there
 * are no URLs in it (`api-url.test.ts`, and the adapters).
 * @param exercised every property whose premise must have held somewhere among the cases
 */
export function defineSearchTests(
	cases: readonly Case[],
	exercised: string,
): void {
	const checks: Check[] = [];

	test.for(cases)(
		"S1 to S15, S17, S18 and L1 to L7 hold in every world: $name",
		{ timeout: 280_000 },
		(item, { task }) => {
			const found = check(item);
			checks.push(found);
			Object.assign(task.meta, { figures: { states: found.states } });
			if (found.trace) expect.fail(found.trace);
			expect(found.states).toBeGreaterThanOrEqual(item.floor);
		},
	);

	test("no property was checked in vain", () => {
		const properties = checks.flatMap((item) => [...premisesOf(item).keys()]);
		expect([...new Set(properties)].sort()).toEqual(
			exercised.split(" ").sort(),
		);
	});

	afterAll(() => {
		console.log(`\n${formatTable(checks)}\n`);
	});
}
