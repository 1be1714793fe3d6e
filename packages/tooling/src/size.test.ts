import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, describe as group, test } from "vitest";
import { staleFigures } from "./figures.ts";
import { importSets, unmeasured } from "./import-sets.ts";
import { describe, figuresOf, measure } from "./size.ts";
import { documents, root } from "./workspace.ts";

group("sizes", () => {
	test.each(importSets)("$name stays within $budgetKB kB", async (set) => {
		const measured = await measure(set);
		expect(measured.isOver, describe(measured)).toBe(false);
	});

	test("every figure in a README is the measured one", async () => {
		const all = await Promise.all(importSets.map((set) => measure(set)));
		const stale = documents().flatMap((path) =>
			staleFigures(readFileSync(join(root, path), "utf8"), figuresOf(all)).map(
				(figure) => ({ path, ...figure }),
			),
		);
		expect(stale, "`pnpm size --write` mends them").toEqual([]);
	});

	test("the root README has a figure for every import set", () => {
		const text = readFileSync(join(root, "README.md"), "utf8");
		expect(
			importSets.filter(({ name }) => !text.includes(`<!-- size:${name} -->`)),
		).toEqual([]);
	});

	test("only packages that run on servers and in tests are not measured", () => {
		const free = ["@keyturn/file", "@keyturn/redis", "@keyturn/testing"];
		expect(unmeasured().filter((name) => !free.includes(name))).toEqual([]);
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
