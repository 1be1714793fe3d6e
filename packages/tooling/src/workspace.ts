import { existsSync, globSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export const root: string = join(import.meta.dirname, "../../..");

export interface Manifest {
	readonly name: string;
	readonly version: string;
	readonly private?: boolean;
	readonly packageManager?: string;
	readonly repository?: { readonly directory?: string };
	readonly exports?: Readonly<
		Record<string, string | Readonly<Record<string, string>>>
	>;
	readonly publishConfig?: Pick<Manifest, "exports">;
	readonly scripts?: Readonly<Record<string, string>>;
	readonly dependencies?: Readonly<Record<string, string>>;
	readonly devDependencies?: Readonly<Record<string, string>>;
	readonly peerDependencies?: Readonly<Record<string, string>>;
	readonly optionalDependencies?: Readonly<Record<string, string>>;
}

export interface WorkspacePackage {
	/** `packages/core` */
	readonly path: string;
	/** The same, absolute. */
	readonly dir: string;
	readonly manifest: Manifest;
}

/** Every package of the workspace; with `published`, those that go to the registry. */
export function workspacePackages(published = false): WorkspacePackage[] {
	return ["packages", "apps"]
		.flatMap((folder) =>
			readdirSync(join(root, folder)).map((name) => `${folder}/${name}`),
		)
		.map((path) => ({ path, dir: join(root, path) }))
		.filter(({ dir }) => existsSync(join(dir, "package.json")))
		.map(({ path, dir }) => ({ path, dir, manifest: readManifest(dir) }))
		.filter(({ manifest }) => !published || manifest.private !== true)
		.sort((a, b) => (a.path < b.path ? -1 : 1));
}

export function readManifest(dir: string): Manifest {
	return JSON.parse(
		readFileSync(join(dir, "package.json"), "utf8"),
	) as Manifest;
}

/** The packages of ours that a text names, as often as it does; of `@keyturn/testing/node` the package. */
export function ourNames(text: string): string[] {
	return text.match(/@keyturn\/[\w-]+/g) ?? [];
}

/** The Markdown that people read, drafts of a release and what is generated left out: relative paths. */
export function documents(): string[] {
	return [
		...globSync("*.md", { cwd: root }),
		...globSync("docs/**/*.md", { cwd: root }),
		...globSync("{packages,apps}/*/{README,docs/**/*}.md", { cwd: root }),
		...globSync("apps/docs/pages/**/*.md", {
			cwd: root,
			exclude: ["apps/docs/pages/reference/**"],
		}),
	].sort();
}
