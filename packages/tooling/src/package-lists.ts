import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { releasedAlone, releasedTogether } from "./release-group.ts";
import { readManifest, root, type WorkspacePackage } from "./workspace.ts";

/**
 * What a published package lacks: papers of its own, and its name in the lists that nothing else reads closely enough to
 * miss it. Each with the file to edit.
 */
export function missingOf({ path, dir, manifest }: WorkspacePackage): string[] {
	const { name, repository } = manifest;
	const read = (file: string) => readFileSync(join(root, file), "utf8");
	const licence = join(dir, "LICENSE");
	const isInGroup = releasedTogether().includes(name);
	const lacks: readonly (readonly [boolean, string])[] = [
		[!existsSync(join(dir, "README.md")), `${path}/README.md is not there`],
		[
			!existsSync(licence) || readFileSync(licence, "utf8") !== read("LICENSE"),
			`${path}/LICENSE is not a copy of LICENSE`,
		],
		[
			repository?.directory !== path,
			`${path}/package.json: repository.directory is not "${path}"`,
		],
		[
			!read("README.md").includes(`\n| [\`${name}\`](${path}) | `),
			`README.md has no row for it under Packages: | [\`${name}\`](${path}) | ... |`,
		],
		[
			// The reference is made of the package, which turbo has to know to make it again.
			!(name in (readManifest(join(root, "apps/docs")).devDependencies ?? {})),
			`apps/docs/package.json lacks "${name}": "workspace:^" in devDependencies`,
		],
		[
			!isInGroup && !(name in releasedAlone),
			`.changeset/config.json does not have it in "fixed", nor packages/tooling/src/release-group.ts in releasedAlone`,
		],
		[
			isInGroup && name in releasedAlone,
			`packages/tooling/src/release-group.ts has it in releasedAlone, and .changeset/config.json in "fixed"`,
		],
	];
	return lacks.filter(([isSo]) => isSo).map(([, text]) => text);
}
