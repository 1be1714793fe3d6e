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
	/** Default 240 s, on a machine that does twenty other things: nothing here may hang a whole run. */
	readonly timeoutMs?: number;
}

/** How long a program that was told to end may take for it. */
const graceMs = 5_000;

/** Runs a program to its end, whatever that is. One whose time was over has failed, however it takes that, and says so. */
export function run(
	file: string,
	args: readonly string[],
	{ cwd, env = {}, timeoutMs = 240_000 }: RunOptions,
): Promise<Ran> {
	return new Promise((resolve) => {
		let isOver = false;
		const child = execFile(
			file,
			args,
			{
				cwd,
				env: { ...process.env, ...env },
				maxBuffer: 64 * 1024 * 1024,
			},
			(error, stdout, stderr) => {
				clearTimeout(timer);
				const failed = typeof error?.code === "number" ? error.code : 1;
				resolve({
					code: error || isOver ? failed : 0,
					stdout,
					stderr: isOver
						? `${stderr}\nnot done after ${timeoutMs / 1000} s\n`
						: stderr,
				});
			},
		);
		let timer = setTimeout(() => {
			isOver = true;
			// What it has started may hold these open for longer than it lives itself.
			child.stdout?.destroy();
			child.stderr?.destroy();
			child.kill();
			timer = setTimeout(() => child.kill("SIGKILL"), graceMs);
		}, timeoutMs);
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
