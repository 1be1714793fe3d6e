import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { root, type WorkspacePackage, workspacePackages } from "./workspace.ts";

/**
 * What the sources of each published package may import: a name covers its subpaths; `node:` every builtin. A new package
 * needs a line here. Tests of a package are free.
 */
export const mayImport: Readonly<Record<string, readonly string[]>> = {
	"@keyturn/browser": ["@keyturn/core"],
	"@keyturn/core": [],
	"@keyturn/fetch": ["@keyturn/core"],
	"@keyturn/file": ["@keyturn/core", "node:"],
	"@keyturn/ky": ["@keyturn/core", "@keyturn/fetch", "ky"],
	"@keyturn/protocols": ["@keyturn/core", "valibot"],
	"@keyturn/react": ["@keyturn/core", "react"],
	"@keyturn/redis": ["@keyturn/core"],
	// Never `protocols`: a mock that reads answers with the client's own parsers proves nothing.
	"@keyturn/testing": ["@keyturn/core", "msw", "react", "node:"],
};

export const noRule = (name: string): string =>
	`packages/tooling/src/boundaries.ts has no rule for ${name}: add to mayImport what it may import`;

export interface Violation {
	readonly file: string;
	readonly specifier: string;
	readonly why: string;
}

const specifierPattern =
	/(?:^|[;}\n])\s*(?:import|export)\b[^;"'`]*?\bfrom\s*["']([^"']+)["']|(?:^|[;}\n])\s*import\s*["']([^"']+)["']|\b(?:import|require)\s*\(\s*["']([^"']+)["']/g;

/** Specifiers of all imports and re-exports in this source, of types too. */
export function importSpecifiers(source: string): string[] {
	// Examples in doc comments import as well; they are not ours to judge.
	const code = source
		.replace(/\/\*[\s\S]*?\*\//g, "")
		.replace(/^\s*\/\/.*$/gm, "");
	return [...code.matchAll(specifierPattern)].map(
		([, from, bare, dynamic]) => from ?? bare ?? dynamic ?? "",
	);
}

export function judgeImport(
	pkg: Pick<WorkspacePackage, "manifest">,
	specifier: string,
): string | undefined {
	const { name, dependencies, peerDependencies } = pkg.manifest;
	const allowed = mayImport[name];
	if (!allowed) return noRule(name);
	if (specifier.startsWith(".")) {
		// Sources are flat or nested inside src; what leaves the package would not be in the tarball.
		return specifier.includes("../../") ? "leaves the package" : undefined;
	}
	const isAllowed = allowed.some(
		(other) =>
			specifier === other ||
			specifier.startsWith(other === "node:" ? other : `${other}/`),
	);
	if (!isAllowed) return "is not on the list of this package";
	if (specifier.startsWith("node:")) return undefined;
	const parts = specifier.split("/");
	const wanted = parts.slice(0, specifier.startsWith("@") ? 2 : 1).join("/");
	return wanted in { ...dependencies, ...peerDependencies }
		? undefined
		: "is no dependency and no peer";
}

/** Every import in the sources of these packages that is against the rules above. */
export function violations(
	packages: readonly WorkspacePackage[] = workspacePackages(true),
): Violation[] {
	return packages.flatMap((pkg) => {
		const { name } = pkg.manifest;
		// Once, whatever it imports, and when it imports nothing.
		if (!mayImport[name])
			return [{ file: pkg.path, specifier: "", why: noRule(name) }];
		return sourceFiles(pkg.dir).flatMap((path) =>
			importSpecifiers(readFileSync(path, "utf8")).flatMap((specifier) => {
				const why = judgeImport(pkg, specifier);
				return why ? [{ file: relative(root, path), specifier, why }] : [];
			}),
		);
	});
}

/** The files that are published: no tests. Absolute paths. */
export function sourceFiles(dir: string): string[] {
	return readdirSync(join(dir, "src"), { recursive: true, encoding: "utf8" })
		.filter((name) => /\.tsx?$/.test(name) && !/\.test(-d)?\./.test(name))
		.filter((name) => !/\.(browser|pages|deep)\.test\./.test(name))
		.map((name) => join(dir, "src", name))
		.sort();
}
