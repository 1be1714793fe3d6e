/** The same search with larger bounds. */
import { afterAll, expect, test } from "vitest";
import { type Check, check, formatTable } from "./check.ts";
import { deepCases } from "./configurations.ts";

const checks: Check[] = [];

test.each(deepCases)("every property holds in every world: $name", (item) => {
	const found = check(item);
	checks.push(found);
	if (found.trace) expect.fail(found.trace);
	expect(found.states).toBeGreaterThanOrEqual(item.floor);
});

afterAll(() => {
	console.log(`\n${formatTable(checks)}\n`);
});
