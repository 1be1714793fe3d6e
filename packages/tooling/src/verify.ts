/**
 * `pnpm verify`: every suite once, then one table of what they say about each promise. The last line is
 * `N passed, M failed`. With `CI` set nothing may be left out.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { findChromium } from "./chromium.ts";
import { findRedis } from "./redis-server.ts";
import {
	readSuite,
	type Suite,
	unluckyFiles,
	withSecondRun,
} from "./reports.ts";
import { pnpmCommand } from "./run.ts";
import { summarize } from "./summary.ts";
import { formatTable, type Program, type Verdict } from "./verdict.ts";
import { root } from "./workspace.ts";

const reports = join(root, "node_modules/.cache/reports");
const steps: Verdict[] = [];
const suites: Suite[] = [];

/** Goes on after a failure, so that one run shows all of them. */
async function pnpm(
	...args: readonly string[]
): Promise<{ code: number; took: string }> {
	console.log(`--- pnpm ${args[0]}`);
	const beganMs = performance.now();
	const [file, ...first] = pnpmCommand();
	const child = spawn(file, [...first, ...args], {
		cwd: root,
		stdio: "inherit",
	});
	const [code] = (await once(child, "exit")) as [number | null];
	const took = `${Math.round((performance.now() - beganMs) / 1000)} s`;
	console.log(`--- pnpm ${args[0]}: ${code === 0 ? "ok" : "FAILED"}, ${took}`);
	return { code: code ?? 1, took };
}

/** @param args after which it writes `<name>.json` into the folder of reports */
async function read(name: string, ...args: readonly string[]): Promise<Suite> {
	const { code } = await pnpm(...args);
	return readSuite(reports, name, code);
}

function count(title: string, suite: Suite, beganMs: number): void {
	const { passed, failed, complaints } = suite;
	const took = Math.round((performance.now() - beganMs) / 1000);
	suites.push(suite);
	steps.push({
		title,
		result: failed + complaints.length === 0 ? "ok" : "FAILED",
		figure: `${passed} passed, ${failed} failed, ${took} s`,
	});
}

/** What fails runs a second time by itself: a fault fails again, bad luck on a busy machine does not and is named. */
async function vitest(
	title: string,
	name: string,
	script: string,
): Promise<void> {
	const beganMs = performance.now();
	const runOf = (report: string, files: readonly string[]) =>
		read(
			report,
			script,
			...["--reporter=default", "--reporter=json"],
			`--outputFile.json=${join(reports, `${report}.json`)}`,
			...files,
		);
	let suite = await runOf(name, []);
	const files = unluckyFiles(suite);
	if (files.length > 0)
		suite = withSecondRun(suite, await runOf(`${name}-again`, files));
	count(title, suite, beganMs);
}

rmSync(reports, { recursive: true, force: true });
const built = await pnpm("check");
steps.push({
	title: "build, types, format, dead code",
	result: built.code === 0 ? "ok" : "FAILED",
	figure: built.took,
});
await vitest("tests", "test", "test");
await vitest("deep tests", "deep", "test:deep");
const runtimes = "Node, Bun, Deno, workerd, Chromium";
// Its runtimes are those of Linux, x64.
if (process.platform === "linux" && process.arch === "x64") {
	const beganMs = performance.now();
	count(runtimes, await read("matrix", "matrix"), beganMs);
} else steps.push({ title: runtimes, result: "left out", figure: "not here" });

const absent: Program[] = [];
if (!(await findChromium())) absent.push("Chromium");
if (!findRedis()) absent.push("Redis");
const { passed, failed, verdicts } = summarize(suites, {
	absent,
	isCI: Boolean(process.env.CI),
});
for (const { complaints } of suites)
	for (const complaint of complaints) console.error(complaint);
console.log(`\n${formatTable([...steps, ...verdicts])}\n`);
const failures = failed + (built.code === 0 ? 0 : 1);
console.log(`${passed} passed, ${failures} failed`);
process.exitCode = failures === 0 ? 0 : 1;
