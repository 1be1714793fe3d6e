import { relative } from "node:path";
import { gzipSync } from "node:zlib";
import { build, type Plugin } from "esbuild";
import { root, workspacePackages } from "./workspace.ts";

export interface Bundle {
	readonly code: string;
	/** Of the minified code, gzip level 9. */
	readonly gzipBytes: number;
	/** Bytes of each module in the minified code, largest first: paths relative to the workspace. */
	readonly modules: readonly (readonly [path: string, bytes: number])[];
}

export interface BundleOptions {
	/** Import specifiers that stay imports; `@keyturn/core` covers its subpaths too. */
	readonly external?: readonly string[];
	/** Which condition of the packages' `exports` is read: their sources, or what was built. */
	readonly condition?: "source" | "default";
	readonly define?: Readonly<Record<string, string>>;
	/** `false`: modules count as having effects when imported, whatever their package says. Default `true`. */
	readonly trustsSideEffects?: boolean;
}

/** What a consumer's bundler makes of this code: ESM, one file, minified. */
export async function bundle(
	entry: string,
	options: BundleOptions = {},
): Promise<Bundle> {
	const {
		condition = "source",
		external = [],
		trustsSideEffects = true,
	} = options;
	const result = await build({
		stdin: {
			contents: entry,
			resolveDir: root,
			sourcefile: "entry.ts",
			loader: "ts",
		},
		absWorkingDir: root,
		bundle: true,
		write: false,
		metafile: true,
		minify: true,
		format: "esm",
		target: "es2023",
		platform: "neutral",
		mainFields: ["module", "main"],
		conditions: ["import"],
		legalComments: "none",
		logLevel: "silent",
		define: { ...options.define },
		plugins: [
			leaveOut(external),
			resolveWorkspace(condition, !trustsSideEffects),
		],
	});
	const [file] = result.outputFiles;
	const [output] = Object.values(result.metafile.outputs);
	if (!file || !output) throw new Error("esbuild wrote nothing");
	return {
		code: file.text,
		gzipBytes: gzipSync(file.contents, { level: 9 }).length,
		modules: Object.entries(output.inputs)
			.map(([path, { bytesInOutput }]) => [path, bytesInOutput] as const)
			.filter(([, bytes]) => bytes > 0)
			.sort(([, a], [, b]) => b - a),
	};
}

/**
 * The file behind `@keyturn/<package>[/subpath]`. Not left to `node_modules`: the tooling depends on no package of the
 * workspace, or turbo would see a circle.
 */
export function resolveSpecifier(
	specifier: string,
	condition: "source" | "default" = "source",
): string | undefined {
	const [scope, name, ...rest] = specifier.split("/");
	const found = workspacePackages().find(
		({ manifest }) => manifest.name === `${scope}/${name}`,
	);
	const target = found?.manifest.exports?.[[".", ...rest].join("/")];
	const file = typeof target === "string" ? target : target?.[condition];
	return found && file ? `${found.dir}/${file.slice(2)}` : undefined;
}

function resolveWorkspace(
	condition: "source" | "default",
	sideEffects: boolean,
): Plugin {
	return {
		name: "workspace",
		setup({ onResolve }) {
			onResolve({ filter: /^@keyturn\// }, ({ path, importer }) => {
				const file = resolveSpecifier(path, condition);
				if (file) return { path: file, sideEffects };
				const from = relative(root, importer) || "the entry";
				return {
					errors: [{ text: `${from} imports ${path}: no such export` }],
				};
			});
		},
	};
}

function leaveOut(external: readonly string[]): Plugin {
	return {
		name: "leave-out",
		setup({ onResolve }) {
			onResolve({ filter: /^[^.]/ }, ({ path }) =>
				external.some(
					(name) =>
						path === name ||
						path.startsWith(`${name}/`) ||
						path.startsWith(`${name}:`),
				)
					? { path, external: true, sideEffects: false }
					: undefined,
			);
		},
	};
}
