import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Packed } from "./packed.ts";
import { pnpm } from "./run.ts";
import { root } from "./workspace.ts";

/** For one install: a registry that answers slowly, or at the third attempt. */
export const consumerMs = 600_000;

/**
 * A stranger's project: what it wants of the workspace comes from the tarballs, everything else from the registry. No
 * install script runs.
 */
export async function installConsumer(
	dir: string,
	wanted: readonly string[],
	packed: readonly Packed[],
	others: Readonly<Record<string, string>> = {},
): Promise<void> {
	mkdirSync(dir, { recursive: true });
	const tarball = (name: string) =>
		`file:${packed.find(({ manifest }) => manifest.name === name)?.tarball}`;
	writeFileSync(
		join(dir, "package.json"),
		JSON.stringify({
			name: "consumer",
			private: true,
			type: "module",
			dependencies: {
				...Object.fromEntries(wanted.map((name) => [name, tarball(name)])),
				...others,
			},
		}),
	);
	// Packages of the workspace that these depend on: from the tarballs as well, no registry has them yet.
	const overrides = packed
		.map(
			({ manifest }) => `  "${manifest.name}": "${tarball(manifest.name)}"\n`,
		)
		.join("");
	writeFileSync(
		join(dir, "pnpm-workspace.yaml"),
		`packages: []\npmOnFail: ignore\nautoInstallPeers: false\nstrictDepBuilds: false\nfetchRetries: 5\nfetchRetryMintimeout: 500\noverrides:\n${overrides}`,
	);
	await pnpm(["install", "--prefer-offline", "--ignore-scripts"], {
		cwd: dir,
		env: { CI: "true" },
		timeoutMs: consumerMs,
	});
}

/** The version of a package that the whole workspace uses. */
export function catalogVersion(name: string): string {
	const text = readFileSync(join(root, "pnpm-workspace.yaml"), "utf8");
	const found = new RegExp(`^ {2}"?${name}"?: (\\S+)$`, "m").exec(text)?.[1];
	if (!found) throw new Error(`${name} is not in the catalog`);
	return found;
}
