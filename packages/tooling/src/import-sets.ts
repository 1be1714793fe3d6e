import { workspacePackages } from "./workspace.ts";

export interface ImportSet {
	/** As the READMEs call it: see `figures.ts`. */
	readonly name: string;
	/** What people read in the table. */
	readonly title: string;
	readonly entry: string;
	readonly external: readonly string[];
	/** kB of 1000 bytes, minified and gzipped. */
	readonly budgetKB: number;
}

const core = "@keyturn/core";

/**
 * What people import together, and what it may cost them. Where a budget is above the first plan, decision 5 says what the
 * bytes buy.
 */
export const importSets: readonly ImportSet[] = [
	{
		name: "transition",
		title: "`transition`",
		entry: `export { transition } from "${core}";`,
		external: [],
		budgetKB: 1.8,
	},
	{
		name: "createAuth",
		title: "`createAuth`",
		entry: `export { createAuth } from "${core}";`,
		external: [],
		budgetKB: 6.3,
	},
	{
		name: "core",
		title: "every export of `core`",
		entry: `export * from "${core}";`,
		external: [],
		budgetKB: 9.3,
	},
	{
		name: "fetch",
		title: "`fetch` alone",
		entry: `export { createAuthFetch, webPlatform } from "@keyturn/fetch";`,
		external: [core],
		budgetKB: 2.8,
	},
	{
		name: "createAuth-fetch",
		title: "`createAuth` + `createAuthFetch` + `webPlatform`",
		entry: `export { createAuth } from "${core}"; export { createAuthFetch, webPlatform } from "@keyturn/fetch";`,
		external: [],
		budgetKB: 8.8,
	},
	{
		name: "ky",
		title: "`withAuth` for ky, on top",
		entry: `export { withAuth } from "@keyturn/ky";`,
		external: [core, "@keyturn/fetch", "ky"],
		budgetKB: 0.5,
	},
	{
		name: "react",
		title: "`react`",
		entry: `export * from "@keyturn/react";`,
		external: [core, "react"],
		budgetKB: 1,
	},
	{
		name: "browser",
		title: "`browser`, without its `encryption` subpath",
		entry: `export * from "@keyturn/browser";`,
		external: [core],
		budgetKB: 2,
	},
	...["oz", "kazunion", "oauth2"].map((name) => ({
		name,
		title: `\`protocols/${name}\`, valibot included`,
		entry: `export * from "@keyturn/protocols/${name}";`,
		external: [core],
		budgetKB: 2,
	})),
];

/** Packages whose size nobody loads, and so nobody asserts. */
export const notMeasured: Readonly<Record<string, string>> = {
	"@keyturn/file": "runs on servers",
	"@keyturn/redis": "runs on servers",
	"@keyturn/testing": "runs in tests",
};

/** Of these packages, those that are part of no set and have no reason for that: their size is asserted nowhere. */
export function unmeasured(
	names: readonly string[] = workspacePackages(true).map(
		({ manifest }) => manifest.name,
	),
): string[] {
	return names
		.filter((name) => !(name in notMeasured))
		.filter(
			(name) =>
				!importSets.some(
					({ entry }) =>
						entry.includes(`"${name}"`) || entry.includes(`"${name}/`),
				),
		);
}
