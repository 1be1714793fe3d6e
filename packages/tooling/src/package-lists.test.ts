import { join } from "node:path";
import { expect, test } from "vitest";
import { missingOf } from "./package-lists.ts";
import { releasedAlone, releasedTogether } from "./release-group.ts";
import { root, workspacePackages } from "./workspace.ts";

const published = workspacePackages(true);

test.each(published)("$path has its papers and is in every list", (pkg) => {
	expect(missingOf(pkg)).toEqual([]);
});

test("a package that is new hears of every list at once", () => {
	const path = "packages/node-new";
	const manifest = { name: "@keyturn/node-new", version: "0.1.0" };
	expect(missingOf({ path, dir: join(root, path), manifest })).toEqual([
		"packages/node-new/README.md is not there",
		"packages/node-new/LICENSE is not a copy of LICENSE",
		'packages/node-new/package.json: repository.directory is not "packages/node-new"',
		"README.md has no row for it under Packages: | [`@keyturn/node-new`](packages/node-new) | ... |",
		'apps/docs/package.json lacks "@keyturn/node-new": "workspace:^" in devDependencies',
		'.changeset/config.json does not have it in "fixed", nor packages/tooling/src/release-group.ts in releasedAlone',
	]);
});

test("what is released together or alone is published", () => {
	const names = published.map(({ manifest }) => manifest.name);
	const gone = (listed: readonly string[]) =>
		listed.filter((name) => !names.includes(name));
	expect(gone(releasedTogether()), '.changeset/config.json, "fixed"').toEqual(
		[],
	);
	expect(
		gone(Object.keys(releasedAlone)),
		"packages/tooling/src/release-group.ts, releasedAlone",
	).toEqual([]);
});
