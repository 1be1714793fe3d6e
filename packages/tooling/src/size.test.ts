import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, describe as group, test } from "vitest";
import { importSets, unmeasured } from "./import-sets.ts";
import { complaints, describe, figuresOf, measure } from "./size.ts";
import { documents, root } from "./workspace.ts";

group("sizes", () => {
	test.each(importSets)("$name stays within $budgetKB kB", async (set) => {
		const measured = await measure(set);
		expect(measured.isOver, describe(measured)).toBe(false);
	});

	test("every figure in a README is the measured one, and the README at the root has one for every import set", async () => {
		const all = await Promise.all(importSets.map((set) => measure(set)));
		const wrong = documents().flatMap((path) =>
			complaints(path, readFileSync(join(root, path), "utf8"), figuresOf(all)),
		);
		expect(wrong).toEqual([]);
	});

	test("what is wrong with a figure names the file, the figure and what to do", () => {
		const figures = new Map(importSets.map(({ name }) => [name, "1.0"]));
		const rows = importSets
			.filter(({ name }) => name !== "ky")
			.map(({ name }) => `| | 1.0 kB<!-- size:${name} --> |`);
		// without a figure before it, it is no marker
		const text = [...rows, "| | <!-- size:ky --> |"].join("\n");
		expect(complaints("README.md", text, figures)).toEqual([
			"README.md has no figure for ky: under Size add | `withAuth` for ky, on top | 0.0 kB<!-- size:ky --> |",
		]);
		expect(
			complaints(
				"packages/ky/README.md",
				"0.9 kB<!-- size:ky -->, 1.0 kB<!-- size:gone -->",
				figures,
			),
		).toEqual([
			"packages/ky/README.md says 0.9 kB for ky, it is 1.0: `pnpm size --write` mends it",
			"packages/ky/README.md has a figure for gone, and packages/tooling/src/import-sets.ts no such set",
		]);
	});

	test("only packages that run on servers and in tests are not measured", () => {
		expect(
			unmeasured(),
			"packages/tooling/src/import-sets.ts: add a set with it to importSets, or it to notMeasured, with a reason",
		).toEqual([]);
		expect(
			unmeasured(["@keyturn/ky", "@keyturn/file", "@keyturn/new"]),
		).toEqual(["@keyturn/new"]);
	});

	test("one that is over its budget fails and names what is inside, the largest first", async () => {
		const measured = await measure({
			name: "fat",
			title: "fat",
			entry: `export * from "@keyturn/core"`,
			external: [],
			budgetKB: 0.1,
		});
		expect(measured.isOver).toBe(true);
		const [first, second, ...rest] = describe(measured).split("\n");
		expect(first).toMatch(/^OVER {1,}\d+ B of {1,}100 {2}fat$/);
		const bytes = (line = "") => Number(/\d+/.exec(line)?.[0]);
		expect(bytes(second)).toBeGreaterThanOrEqual(bytes(rest[0]));
		expect(rest.join()).toContain("packages/core/src/");
	});

	test("what is external is not counted", async () => {
		const [set] = importSets.filter(({ name }) => name === "ky");
		const { bundle } = await measure(set as (typeof importSets)[number]);
		expect(bundle.modules.map(([path]) => path).join()).not.toMatch(
			/packages\/(core|fetch)|node_modules/,
		);
	});
});
