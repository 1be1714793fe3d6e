import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";

/** One file of a module and all that it imports, as a consumer's bundler makes it. */
export async function bundle(
	entry: string,
	{
		format,
		platform,
	}: { format: "esm" | "iife"; platform: "node" | "browser" },
): Promise<string> {
	const { outputFiles } = await build({
		stdin: {
			contents: entry,
			resolveDir: import.meta.dirname,
			loader: "ts",
		},
		bundle: true,
		write: false,
		format,
		platform,
		target: "es2023",
		jsx: "automatic",
		conditions: ["source"],
		define: { "process.env.NODE_ENV": '"production"' },
		logLevel: "silent",
		// React's renderer for Node.js is CommonJS, and asks for Node's own modules
		banner: {
			js:
				format === "esm"
					? 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);'
					: "",
		},
	});
	return outputFiles[0]?.text ?? "";
}

/** A folder that is gone afterwards, with this one file in it. */
export async function file(name: string, text: string) {
	const dir = await mkdtemp(join(tmpdir(), "keyturn-realm-"));
	const path = join(dir, name);
	await writeFile(path, text);
	return {
		path,
		dir,
		[Symbol.asyncDispose]: () => rm(dir, { recursive: true }),
	};
}
