import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { benchTables, type Measured, withTables } from "../src/bench-tables.ts";

const text = (path: string): string =>
	readFileSync(new URL(path, import.meta.url), "utf8");
const page = text("../pages/comparison.md");
const data = JSON.parse(text("../data/bench.json")) as Measured;

test("the comparison shows what was measured; `pnpm --filter @keyturn/docs figures` mends it", () => {
	expect(withTables(page, data)).toBe(page);
});

test("a figure that the run did not give is seen", () => {
	const [first, ...rest] = data.sizes;
	const other = {
		...data,
		sizes: [{ ...first, gzipped: 1 }, ...rest],
	} as Measured;
	expect(withTables(page, other)).not.toBe(page);
});

test("every peer that is compared in words is measured", () => {
	const measured = new Set(data.storms.map(({ client }) => client));
	for (const { client } of data.broken) measured.add(client);
	const [, words = ""] = page.split("## What each does");
	const rows = words.split("## Measured")[0] ?? "";
	const names = [...rows.matchAll(/^\| (?!tool |---)([^|]+?) \|/gm)].map(
		([, name = ""]) => name,
	);
	expect(names.length).toBeGreaterThan(8);
	expect(
		names.filter((name) => ![...measured].some((of) => of.startsWith(name))),
	).toEqual([]);
});

test("clients that did not come to an end are named, not left out", () => {
	const broken: Measured = {
		...data,
		storms: data.storms.filter(({ client }) => client !== "alova"),
		broken: [{ client: "alova", situation: "known", why: "does not end" }],
	};
	expect(benchTables.known?.(broken)).toContain("| alova | does not end |");
});
