/**
 * What only one command needs (runtimes, peers) is not installed with the workspace, but on demand into a cache, after a
 * lockfile of its own.
 */
import { cpSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pnpm } from "./run.ts";

const files = ["package.json", "pnpm-lock.yaml", "pnpm-workspace.yaml"];

/**
 * @param source has `package.json`, the lockfile and `pnpm-workspace.yaml`
 * @param cache gets its `node_modules`; nothing happens where they are those of the lockfile
 */
export async function nestedInstall(
	source: string,
	cache: string,
): Promise<void> {
	const isCurrent =
		// pnpm writes it last
		existsSync(join(cache, "node_modules/.modules.yaml")) &&
		files.every(
			(file) =>
				existsSync(join(cache, file)) &&
				readFileSync(join(cache, file)).equals(
					readFileSync(join(source, file)),
				),
		);
	if (isCurrent) return;
	mkdirSync(cache, { recursive: true });
	for (const file of files) cpSync(join(source, file), join(cache, file));
	await pnpm(["install", "--frozen-lockfile", "--ignore-scripts"], {
		cwd: cache,
		timeoutMs: 600_000,
	});
}
