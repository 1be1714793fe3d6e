/**
 * `pnpm matrix [name]`: plays the scenarios in every runtime (or the one of that name), prints the table and keeps it in
 * `docs/runtimes.md`. With `CI=true` the file is not written but compared. The last line is `N passed, M failed`.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tellCanaries, watchOutput } from "@keyturn/tooling/canary-watch";
import { build } from "esbuild";
import { installRuntimes } from "./installed.ts";
import { type Result, resultTable, tally } from "./result-table.ts";
import { runtimes } from "./runtime.ts";
import { scenarios } from "./scenarios.ts";
import { startServers } from "./servers.ts";

const [only] = process.argv.slice(2);
const isCI = process.env.CI === "true";
const root = join(import.meta.dirname, "../../..");
const page = join(root, "docs/runtimes.md");

const endOfOutput = watchOutput();
const installed = await installRuntimes();
const bundle = join(installed, "scenarios.mjs");
await build({
	entryPoints: [join(import.meta.dirname, "scenarios.ts")],
	outfile: bundle,
	bundle: true,
	format: "esm",
	target: "es2023",
	conditions: ["source"],
	logLevel: "warning",
});

const results: Result[] = [];
for (const { name, version, traits, play } of runtimes(installed)) {
	if (only && !name.toLowerCase().includes(only.toLowerCase())) continue;
	const beganMs = performance.now();
	await using servers = await startServers();
	const { apis, foreign, closed } = servers;
	let outcomes: Result["outcomes"];
	try {
		outcomes = await play(bundle, { apis, foreign, closed, traits });
	} catch (error) {
		outcomes = error instanceof Error ? error : new Error(String(error));
	}
	results.push({ runtime: name, version, outcomes });
	console.log(`${name}: ${Math.round(performance.now() - beganMs)} ms`);
	if (outcomes instanceof Error) console.error(outcomes.message);
	else
		for (const { scenario, adapter, api, failure } of outcomes)
			if (failure)
				console.error(`  ${adapter} × ${api}: ${scenario}\n    ${failure}`);
}

const table = resultTable(Object.keys(scenarios), results);
console.log(`\n${table}\n`);
let { passed, failed } = tally(results);
// of the table, too, which goes into the docs
failed += tellCanaries(endOfOutput());

if (!only) {
	const [head = ""] = readFileSync(page, "utf8").split(/^\| {2}\|/m);
	const text = `${head}${table}\n`;
	if (!isCI) writeFileSync(page, text);
	else if (readFileSync(page, "utf8") !== text) {
		failed++;
		console.error("docs/runtimes.md is behind: run `pnpm matrix`");
	}
	const reports = join(root, "node_modules/.cache/reports");
	mkdirSync(reports, { recursive: true });
	// as Vitest's JSON reporter has it, so that `.ci/run` can add it up
	writeFileSync(
		join(reports, "matrix.json"),
		JSON.stringify({
			numPassedTests: passed,
			numFailedTests: failed,
			success: failed === 0,
		}),
	);
}
if (passed === 0) failed++;
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
