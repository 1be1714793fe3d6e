/** One package of ours, installed alone in an empty project: what a consumer may do with it there. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build as esbuild } from "esbuild";
import { build as vite } from "vite";
import { mayImport, noRule } from "./boundaries.ts";
import { catalogVersion, installConsumer } from "./consumer.ts";
import type { Packed } from "./packed.ts";
import { type Ran, run } from "./run.ts";
import { root } from "./workspace.ts";

export interface Alone {
	/** `@keyturn/testing/node` and so on: everything that can be imported from it. */
	readonly specifiers: readonly string[];
	/** Runs a module of this text there. */
	runModule(text: string, flags?: readonly string[]): Promise<Ran>;
	/** What a compiler of TypeScript finds wrong with our declarations. */
	typeErrors(compiler: string): Promise<readonly string[]>;
	/** The module in one minified file, made and run; nothing but Node's own modules stays outside. */
	runBundled(bundler: "Vite" | "esbuild", text: string): Promise<Ran>;
}

/** Compilers that consumers have, by what people call them. */
export const compilers: Readonly<Record<string, string>> = {
	"TypeScript 5.9": "packages/tooling/node_modules/typescript-5",
	"TypeScript 6": "packages/tooling/node_modules/typescript-6",
	"TypeScript 7": "node_modules/typescript",
};

/** With its peers and their types, since a consumer has those; nothing else of the workspace. */
export async function installAlone(
	{ manifest }: Packed,
	all: readonly Packed[],
	home: string,
): Promise<Alone> {
	const { name } = manifest;
	const rule = mayImport[name];
	// Not taken for one of browsers: a bundler would then complain of every module of Node's.
	if (!rule) throw new Error(noRule(name));
	const isForNode = rule.includes("node:");
	const peers = Object.keys(manifest.peerDependencies ?? {});
	const others = [
		...peers,
		...(isForNode ? ["@types/node"] : []),
		...(peers.includes("react") ? ["@types/react"] : []),
	];
	await installConsumer(
		home,
		[name],
		all,
		Object.fromEntries(others.map((other) => [other, catalogVersion(other)])),
	);
	const specifiers = Object.keys(manifest.exports ?? {})
		.filter((key) => key !== "./package.json")
		.map((key) => name + key.slice(1));
	const runFile = (file: string, flags: readonly string[] = []) =>
		run(process.execPath, ["--no-warnings", ...flags, file], { cwd: home });
	return {
		specifiers,
		runModule(text, flags) {
			writeFileSync(join(home, "module.mjs"), text);
			return runFile("module.mjs", flags);
		},
		async typeErrors(compiler) {
			writeFileSync(
				join(home, "use.ts"),
				specifiers
					.map((text, index) => `export * as e${index} from "${text}";`)
					.join("\n"),
			);
			writeFileSync(join(home, "tsconfig.json"), tsconfig(isForNode));
			return ourErrors(
				await run(
					process.execPath,
					[join(root, compiler, "bin/tsc"), "-p", "."],
					// Four seconds, and two minutes where twenty other things are done.
					{ cwd: home, timeoutMs: 240_000 },
				),
			);
		},
		async runBundled(bundler, text) {
			const entry = join(home, `${bundler}.mjs`);
			writeFileSync(entry, text);
			const out = join(home, bundler);
			await (bundler === "Vite" ? byVite : byEsbuild)(
				home,
				entry,
				out,
				isForNode,
			);
			const bundled = readFileSync(join(out, "bundle.mjs"), "utf8");
			if (/\bfrom\s*"@keyturn\//.test(bundled))
				throw new Error(`${bundler} left an import of ours outside`);
			return runFile(join(bundler, "bundle.mjs"));
		},
	};
}

/** Of what a compiler has found; declarations of others are not ours to judge. One that has not come that far is. */
export function ourErrors({ code, stdout, stderr }: Ran): string[] {
	const errors = stdout.match(/^.*error TS.*$/gm) ?? [];
	if (code !== 0 && errors.length === 0) return [stdout + stderr];
	return errors.filter((line) => /^use\.ts|@keyturn/.test(line));
}

async function byVite(
	home: string,
	entry: string,
	outDir: string,
	isForNode: boolean,
): Promise<void> {
	await vite({
		root: home,
		configFile: false,
		logLevel: "error",
		ssr: { noExternal: true },
		build: {
			outDir,
			ssr: isForNode,
			minify: true,
			modulePreload: false,
			rolldownOptions: {
				input: entry,
				output: { entryFileNames: "bundle.mjs", codeSplitting: false },
			},
		},
	});
}

async function byEsbuild(
	home: string,
	entry: string,
	outDir: string,
	isForNode: boolean,
): Promise<void> {
	await esbuild({
		absWorkingDir: home,
		entryPoints: [entry],
		outfile: join(outDir, "bundle.mjs"),
		bundle: true,
		minify: true,
		format: "esm",
		...(isForNode && { platform: "node", banner: { js: withRequire } }),
		logLevel: "silent",
	});
}

/** What people add by hand where CommonJS among the dependencies (msw's) asks for Node's own modules. */
const withRequire =
	'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);';

const tsconfig = (isForNode: boolean): string =>
	JSON.stringify({
		compilerOptions: {
			strict: true,
			exactOptionalPropertyTypes: true,
			skipLibCheck: false,
			noEmit: true,
			target: "es2023",
			lib: ["es2023", "dom", "dom.iterable", "esnext.disposable"],
			module: "nodenext",
			types: isForNode ? ["node"] : [],
		},
		files: ["use.ts"],
	});
