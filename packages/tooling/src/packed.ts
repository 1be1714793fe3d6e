import { existsSync, globSync, mkdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import {
	checkPackage,
	createPackageFromTarballData,
} from "@arethetypeswrong/core";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { sourceFiles } from "./boundaries.ts";
import { pnpm, runWell } from "./run.ts";
import {
	type Manifest,
	readManifest,
	type WorkspacePackage,
} from "./workspace.ts";

export interface Packed {
	readonly tarball: string;
	/** The unpacked package. */
	readonly dir: string;
	/** As the registry would show it. */
	readonly manifest: Manifest;
	/** Relative to `dir`, sorted. */
	readonly files: readonly string[];
}

/** `pnpm pack`, and the result unpacked, in `into`. The package must have been built. */
export async function pack(
	{ dir, manifest }: WorkspacePackage,
	into: string,
): Promise<Packed> {
	const name = manifest.name.replace("@", "").replace("/", "-");
	const out = join(into, name);
	mkdirSync(out, { recursive: true });
	await pnpm(["pack", "--pack-destination", into], { cwd: dir });
	const tarball = join(into, `${name}-${manifest.version}.tgz`);
	await runWell("tar", ["-xzf", tarball, "-C", out], { cwd: into });
	const unpacked = join(out, "package");
	return {
		tarball,
		dir: unpacked,
		manifest: readManifest(unpacked),
		files: globSync("**", { cwd: unpacked, withFileTypes: true })
			.filter((entry) => entry.isFile())
			.map((entry) => relative(unpacked, join(entry.parentPath, entry.name)))
			.sort(),
	};
}

/** What must be in the tarball, no more and no less: four files for each source, the source itself, and the papers. */
export function expectedFiles({ dir }: WorkspacePackage): string[] {
	const sources = sourceFiles(dir).map((path) => relative(dir, path));
	const built = sources.flatMap((path) => {
		const stem = path.replace(/^src/, "dist").replace(/\.tsx?$/, "");
		return [".js", ".js.map", ".d.ts", ".d.ts.map"].map((end) => stem + end);
	});
	const bins = globSync("bin/*.js", { cwd: dir });
	const changelog = existsSync(join(dir, "CHANGELOG.md"))
		? ["CHANGELOG.md"]
		: [];
	return ["LICENSE", "README.md", "package.json"]
		.concat(sources, built, bins, changelog)
		.sort();
}

/** Text in the packed files that names a place on the machine that built them. */
export function foreignPaths({ dir, files }: Packed): string[] {
	return files.filter((path) =>
		/(?:^|["'\s(])(?:\/(?:home|root|tmp|work|Users|private)\/|file:\/\/|[A-Z]:\\)/m.test(
			readFileSync(join(dir, path), "utf8").replace(/^#!.*/, ""),
		),
	);
}

/** Source maps must point at sources that are in the tarball too. */
export function danglingMaps({ dir, files }: Packed): string[] {
	return files
		.filter((path) => path.endsWith(".map"))
		.filter((path) => {
			const { sources } = JSON.parse(readFileSync(join(dir, path), "utf8")) as {
				sources: string[];
			};
			return !sources.every((source) =>
				files.includes(join(path, "..", source)),
			);
		});
}

/** publint in strict mode: its complaints. */
export async function lint({ tarball }: Packed): Promise<string[]> {
	const { messages, pkg } = await publint({
		strict: true,
		pack: { tarball: arrayBuffer(tarball) },
	});
	return messages.map((message) => formatMessage(message, pkg) ?? message.code);
}

/** Are the types wrong? For consumers that know ESM; CommonJS and Node 10 resolution are not served. */
export async function typeProblems({ tarball }: Packed): Promise<string[]> {
	const result = await checkPackage(
		createPackageFromTarballData(new Uint8Array(arrayBuffer(tarball))),
	);
	if (!result.types) return ["no types"];
	return result.problems
		.filter(
			(problem) =>
				!("resolutionKind" in problem) ||
				!["node10", "node16-cjs"].includes(problem.resolutionKind),
		)
		.map((problem) => JSON.stringify(problem));
}

function arrayBuffer(path: string): ArrayBuffer {
	const { buffer, byteOffset, length } = readFileSync(path);
	return (buffer as ArrayBuffer).slice(byteOffset, byteOffset + length);
}
