/**
 * The runtimes come from the package registry, but not with the workspace: 300 MB that most people do not need. They are
 * installed on demand into a cache, after the lockfile in `runtimes/`.
 */
import { cpSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pnpm } from "../../../packages/tooling/src/run.ts";

const source = join(import.meta.dirname, "../runtimes");
const cache = join(import.meta.dirname, "../node_modules/.cache/runtimes");

const files = ["package.json", "pnpm-lock.yaml", "pnpm-workspace.yaml"];

const isCurrent = (): boolean =>
	existsSync(join(cache, "node_modules/.modules.yaml")) &&
	files.every(
		(file) =>
			existsSync(join(cache, file)) &&
			readFileSync(join(cache, file)).equals(readFileSync(join(source, file))),
	);

/** @returns the folder whose `node_modules` has them */
export async function installRuntimes(): Promise<string> {
	if (isCurrent()) return cache;
	if (process.platform !== "linux" || process.arch !== "x64")
		throw new Error("the matrix runs on Linux, x64: its runtimes are those");
	mkdirSync(cache, { recursive: true });
	for (const file of files) cpSync(join(source, file), join(cache, file));
	await pnpm(["install", "--frozen-lockfile", "--ignore-scripts"], {
		cwd: cache,
		timeoutMs: 600_000,
	});
	return cache;
}
