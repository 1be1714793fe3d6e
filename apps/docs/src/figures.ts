/**
 * `pnpm --filter @keyturn/docs figures [results.json]`: brings the comparison's tables up to date; with the results of a
 * run of `apps/bench`, those become the figures first.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { type Measured, withTables } from "./bench-tables.ts";

const data = new URL("../data/bench.json", import.meta.url);
const page = new URL("../pages/comparison.md", import.meta.url);
const read = (from: URL | string): Measured =>
	JSON.parse(readFileSync(from, "utf8"));

const [, , results] = process.argv;
if (results)
	writeFileSync(
		data,
		`${JSON.stringify({ ...read(results), measured: new Date().toISOString().slice(0, 10) }, null, "\t")}\n`,
	);
writeFileSync(page, withTables(readFileSync(page, "utf8"), read(data)));
