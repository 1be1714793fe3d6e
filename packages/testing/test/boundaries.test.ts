import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const source = new URL("../src/", import.meta.url);

const importsOf = (file: string): string[] =>
	[
		...readFileSync(new URL(file, source), "utf8").matchAll(
			/^(?:import|export)\s[^;]*?from "([^"]+)"/gm,
		),
	].map(([, specifier]) => specifier ?? "");

/** Everything that a file imports, through files of this package. */
function reach(file: string, seen = new Set<string>()): Set<string> {
	for (const specifier of importsOf(file)) {
		if (seen.has(specifier)) continue;
		seen.add(specifier);
		if (specifier.startsWith("./")) reach(specifier.slice(2), seen);
	}
	return seen;
}

const foreign = (file: string): string[] =>
	[...reach(file)].filter((specifier) => !specifier.startsWith("./")).sort();

test("each entry imports what it may, and nothing else", () => {
	expect(foreign("index.ts")).toEqual(["@keyturn/core"]);
	expect(foreign("msw.ts")).toEqual(["msw"]);
	expect(foreign("react.ts")).toEqual(["react"]);
	expect(foreign("node.ts")).toEqual(["node:events", "node:http", "node:net"]);
	expect(foreign("cli.ts")).toEqual([
		"node:events",
		"node:http",
		"node:net",
		"node:util",
	]);
});

test("the mocks never see the parsers that they are there to test", () => {
	const files = readdirSync(source).filter(
		(name) => name.endsWith(".ts") && !name.includes(".test"),
	);
	expect(files.length).toBeGreaterThan(20);
	for (const file of files)
		expect(importsOf(file).join()).not.toMatch(/protocols|valibot/);
});
