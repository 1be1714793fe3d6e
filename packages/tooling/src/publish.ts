/**
 * `node publish.ts [--dry-run]`: publishes what the registry does not have yet, dependencies first. Packed by pnpm, which
 * knows the workspace; sent by npm, which gets its right to publish from the workflow (trusted publishing) and signs the
 * origin of the packages (provenance).
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pack } from "./packed.ts";
import { run, runWell } from "./run.ts";
import { type WorkspacePackage, workspacePackages } from "./workspace.ts";

/** Each package after those that it depends on, so that none is ever in the registry before what it needs. */
export function inOrder(
	packages: readonly WorkspacePackage[],
): WorkspacePackage[] {
	const done = new Set<WorkspacePackage>();
	const visit = (pkg: WorkspacePackage): void => {
		if (done.has(pkg)) return;
		const { dependencies, peerDependencies } = pkg.manifest;
		for (const other of packages)
			if (other.manifest.name in { ...dependencies, ...peerDependencies })
				visit(other);
		done.add(pkg);
	};
	packages.forEach(visit);
	return [...done];
}

if (import.meta.main) {
	const isDryRun = process.argv.includes("--dry-run");
	const dir = mkdtempSync(join(tmpdir(), "keyturn-publish-"));
	for (const pkg of inOrder(workspacePackages(true))) {
		const { name, version } = pkg.manifest;
		const { tarball } = await pack(pkg, dir);
		const known = isDryRun
			? { code: 1 }
			: await run("npm", ["view", `${name}@${version}`, "version"], {
					cwd: dir,
				});
		if (known.code === 0) {
			console.log(`${name}@${version} is there already`);
			continue;
		}
		const flags = isDryRun ? ["--dry-run"] : ["--provenance"];
		await runWell("npm", ["publish", tarball, "--access=public", ...flags], {
			cwd: dir,
		});
		console.log(`${name}@${version} ${isDryRun ? "would be " : ""}published`);
	}
	rmSync(dir, { recursive: true });
}
