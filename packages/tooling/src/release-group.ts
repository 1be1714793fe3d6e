import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./workspace.ts";

/** Published packages that are not released whenever core is. */
export const releasedAlone: Readonly<Record<string, string>> = {
	"@keyturn/file": "a store of its own, which follows core by a patch",
	"@keyturn/protocols": "an API that changes is no release of all the others",
	"@keyturn/testing": "no application ships it",
};

/** Those that always have one version: what `.changeset/config.json` says. */
export function releasedTogether(): readonly string[] {
	const { fixed } = JSON.parse(
		readFileSync(join(root, ".changeset/config.json"), "utf8"),
	) as { fixed: readonly (readonly string[])[] };
	return fixed.flat();
}
