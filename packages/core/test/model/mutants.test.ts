import { expect, test } from "vitest";
import { check } from "./check.ts";
import { realRules } from "./configuration.ts";
import { faultyCases, soundCases } from "./configurations.ts";
import { mutants } from "./mutants.ts";

const cases = [...soundCases, ...faultyCases];

// The laws of single steps are off, but for the faults that are about single steps: a fault must show in what the whole
// system does.
test.each(mutants)(
	"$caughtBy catches: $name",
	({ in: name, rules, configuration, caughtBy }) => {
		const found = cases.find((item) => item.name === name);
		if (!found) throw new Error(`no case "${name}"`);
		const { brokenProperty, trace } = check(
			{ ...found, ...configuration },
			{ ...realRules, checksLaws: false, ...rules },
		);
		expect(brokenProperty).toMatch(new RegExp(`^(${caughtBy.join("|")}) `));
		// a trace that can be read: one line per step, and how everything stood then
		expect(trace).toMatch(/^ {3}0\. begin\n/m);
		expect(trace).toMatch(/^ {3}1\. /m);
	},
);

test("there are thirty mutants, for all but three properties", () => {
	expect(mutants).toHaveLength(30);
	const properties = new Set(mutants.flatMap(({ caughtBy }) => caughtBy));
	// S1 is every law at once: the walk of a million steps has its faulty machines. S16 is about URLs, which a session only
	// hands to its protocol: api-url.test.ts. L6 ends where a session's last flight and timer do, which L2 and S13 catch.
	expect([...properties].sort()).toEqual(
		"L1 L2 L3 L4 L5 L7 S10 S11 S12 S13 S14 S15 S17 S18 S2 S3 S4 S5 S6 S7 S8 S9"
			.split(" ")
			.sort(),
	);
});
