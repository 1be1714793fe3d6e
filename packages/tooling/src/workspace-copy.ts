import { execFileSync } from "node:child_process";
import {
	copyFileSync,
	existsSync,
	mkdirSync,
	mkdtempSync,
	realpathSync,
	rmSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pnpm, runWell } from "./run.ts";
import { root } from "./workspace.ts";

/** For one command in a copy: a build of everything, on a machine that does twenty other things. */
export const copyCommandMs = 600_000;

export interface WorkspaceCopy extends Disposable {
	readonly dir: string;
	/** Runs pnpm there; gives what it printed to stdout. */
	pnpm(...args: readonly string[]): Promise<string>;
	git(...args: readonly string[]): Promise<string>;
}

/** This workspace as it is now, committed and installed in another place: tests may edit and build there. */
export async function copyWorkspace(): Promise<WorkspaceCopy> {
	const dir = realpathSync(mkdtempSync(join(tmpdir(), "keyturn-copy-")));
	const listed = execFileSync(
		"git",
		["ls-files", "-z", "--cached", "--others", "--exclude-standard"],
		{ cwd: root, encoding: "utf8", maxBuffer: 64 * 1024 * 1024 },
	);
	for (const path of listed.split("\0").filter((name) => name !== "")) {
		if (!existsSync(join(root, path))) continue; // deleted, not yet committed
		mkdirSync(dirname(join(dir, path)), { recursive: true });
		copyFileSync(join(root, path), join(dir, path));
	}
	const git = (...args: readonly string[]) =>
		runWell("git", ["-c", "user.name=t", "-c", "user.email=t@t", ...args], {
			cwd: dir,
		});
	const inCopy = (...args: readonly string[]) =>
		pnpm(args, {
			cwd: dir,
			env: { CI: "true", TURBO_TELEMETRY_DISABLED: "1" },
			timeoutMs: copyCommandMs,
		});
	await git("init", "--quiet", "--initial-branch=main");
	await git("add", "--all");
	// turbo's first hashes of a repository without a commit do not repeat
	await git("commit", "--quiet", "--message=copy");
	await inCopy("install", "--frozen-lockfile", "--prefer-offline");
	return {
		dir,
		pnpm: inCopy,
		git,
		[Symbol.dispose]: () => rmSync(dir, { recursive: true, force: true }),
	};
}
