/** The runtimes: 300 MB that most people do not need. */
import { join } from "node:path";
import { nestedInstall } from "../../../packages/tooling/src/nested-install.ts";

const source = join(import.meta.dirname, "../runtimes");
const cache = join(import.meta.dirname, "../node_modules/.cache/runtimes");

/** @returns the folder whose `node_modules` has them */
export async function installRuntimes(): Promise<string> {
	if (process.platform !== "linux" || process.arch !== "x64")
		throw new Error("the matrix runs on Linux, x64: its runtimes are those");
	await nestedInstall(source, cache);
	return cache;
}
