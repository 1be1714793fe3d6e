import { execFile } from "node:child_process";
import { findOnPath } from "./find-on-path.ts";
import { readManifest, root } from "./workspace.ts";

export interface Ran {
	readonly code: number;
	readonly stdout: string;
	readonly stderr: string;
}

export interface RunOptions {
	readonly cwd: string;
	readonly env?: Readonly<Record<string, string>>;
	/** Default 120 s: nothing here may hang a whole run. */
	readonly timeoutMs?: number;
}

/** Runs a program to its end, whatever that is. */
export function run(
	file: string,
	args: readonly string[],
	{ cwd, env = {}, timeoutMs = 120_000 }: RunOptions,
): Promise<Ran> {
	return new Promise((resolve) => {
		execFile(
			file,
			args,
			{
				cwd,
				env: { ...process.env, ...env },
				timeout: timeoutMs,
				maxBuffer: 64 * 1024 * 1024,
			},
			(error, stdout, stderr) => {
				const failed = typeof error?.code === "number" ? error.code : 1;
				resolve({ code: error ? failed : 0, stdout, stderr });
			},
		);
	});
}

/** @throws if it does not end well: with all that it printed */
export async function runWell(
	file: string,
	args: readonly string[],
	options: RunOptions,
): Promise<string> {
	const { code, stdout, stderr } = await run(file, args, options);
	if (code === 0) return stdout;
	throw new Error(
		`${file} ${args.join(" ")} ended with ${code}\n${stdout}${stderr}`,
	);
}

/** The pnpm that started this run, else the pinned one by npx. */
export function pnpmCommand(): readonly [file: string, ...args: string[]] {
	const onPath = findOnPath(["pnpm"]);
	if (onPath) return [onPath];
	const { packageManager } = readManifest(root);
	return ["npx", "--yes", packageManager ?? "pnpm"];
}

export function pnpm(
	args: readonly string[],
	options: RunOptions,
): Promise<string> {
	const [file, ...first] = pnpmCommand();
	return runWell(file, [...first, ...args], options);
}
