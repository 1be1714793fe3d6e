import { releasedAlone, releasedTogether } from "./release-group.ts";
import type { WorkspacePackage } from "./workspace.ts";

/**
 * What a published package lacks: its name in the lists that nothing else reads closely enough to miss it. Each with the
 * file to edit.
 */
export function missingOf({ manifest }: WorkspacePackage): string[] {
	const { name } = manifest;
	const isInGroup = releasedTogether().includes(name);
	const lacks: readonly (readonly [boolean, string])[] = [
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
