/** The deep search: `pnpm --filter @keyturn/core search`. Prints its table; fails at the first broken property. */
import { check, formatTable } from "./check.ts";
import { deepCases } from "./configurations.ts";

const checks = [];
for (const item of deepCases) {
	const found = check(item);
	checks.push(found);
	console.log(
		`${item.name}: ${found.states} states in ${found.seconds.toFixed(1)} s`,
	);
	if (found.trace) console.error(found.trace);
	if (found.states < item.floor)
		console.error(`fewer than ${item.floor} states`);
	if (found.trace || found.states < item.floor) process.exitCode = 1;
}
console.log(`\n${formatTable(checks)}`);
