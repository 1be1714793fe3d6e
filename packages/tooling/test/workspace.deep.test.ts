import { appendFileSync, globSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { releasedAlone, releasedTogether } from "../src/release-group.ts";
import {
	ourNames,
	readManifest,
	root,
	workspacePackages,
} from "../src/workspace.ts";
import {
	copyCommandMs,
	copyWorkspace,
	type WorkspaceCopy,
} from "../src/workspace-copy.ts";

// Above each command's own limit, so that a failure says which of them hung.
const limitMs = 2 * copyCommandMs;
vi.setConfig({ testTimeout: limitMs, hookTimeout: limitMs });

let copy: WorkspaceCopy;
beforeAll(async () => {
	copy = await copyWorkspace();
});
afterAll(() => copy?.[Symbol.dispose]());

describe("turbo's cache", () => {
	const tasks = ["typecheck", "build"];
	const statuses = async (): Promise<Map<string, string>> => {
		const output = await copy.pnpm(
			"exec",
			"turbo",
			"run",
			...tasks,
			"--dry=json",
		);
		const { tasks: all } = JSON.parse(output.slice(output.indexOf("{"))) as {
			tasks: { taskId: string; cache: { status: string } }[];
		};
		return new Map(all.map(({ taskId, cache }) => [taskId, cache.status]));
	};

	test("an edit in core misses in everything that depends on it; what does not is a hit", async () => {
		await copy.pnpm(
			"exec",
			"turbo",
			"run",
			...tasks,
			"--output-logs=errors-only",
		);
		const before = await statuses();
		// A task that writes and caches nothing (transit) has no command.
		const ids = workspacePackages().flatMap(({ manifest }) =>
			tasks
				.filter((task) => manifest.scripts?.[task])
				.map((task) => `${manifest.name}#${task}`),
		);
		expect(ids.map((id) => [id, before.get(id)])).toEqual(
			ids.map((id) => [id, "HIT"]),
		);

		appendFileSync(
			join(copy.dir, "packages/core/src/secret.ts"),
			"\nexport const edited = 1;\n",
		);
		const after = await statuses();
		const dependsOnCore = (name: string): boolean => {
			const found = workspacePackages().find(
				(pkg) => pkg.manifest.name === name,
			);
			const { dependencies, devDependencies } = found?.manifest ?? {};
			return (
				name === "@keyturn/core" ||
				Object.keys({ ...dependencies, ...devDependencies }).some(
					(other) => other.startsWith("@keyturn/") && dependsOnCore(other),
				)
			);
		};
		expect(ids.map((id) => [id, after.get(id)])).toEqual(
			ids.map((id) => [
				id,
				dependsOnCore(id.replace(/#.*/, "")) ? "MISS" : "HIT",
			]),
		);
		expect(after.get("@keyturn/fetch#typecheck")).toBe("MISS");
		expect(after.get("@keyturn/tooling#typecheck")).toBe("HIT");
		await copy.git("checkout", "--quiet", ".");
	});
});

test("a build in another place is the same, byte by byte", async () => {
	await copy.pnpm(
		"exec",
		"turbo",
		"run",
		"build",
		"--force",
		"--output-logs=errors-only",
	);
	const built = globSync("packages/*/dist/**/*.{js,ts,map}", { cwd: copy.dir });
	expect(built.length).toBeGreaterThan(100);
	const different = built.filter(
		(path) =>
			readFileSync(join(copy.dir, path), "utf8") !==
			readFileSync(join(root, path), "utf8"),
	);
	expect(different).toEqual([]);
});

const fixed = releasedTogether();
const undo = async () => {
	await copy.git("checkout", "--quiet", ".");
	await copy.git("clean", "--quiet", "-d", "--force");
};
const changelog = (name: string) =>
	readFileSync(join(copy.dir, pathOf(name), "CHANGELOG.md"), "utf8");

test("a release: what waits in .changeset is written into the changelogs, and the fixed group gets one version", async ({
	task,
}) => {
	const waiting = globSync(".changeset/*.md", { cwd: copy.dir }).map((path) =>
		readFileSync(join(copy.dir, path), "utf8"),
	);
	await copy.pnpm("exec", "changeset", "version");
	expect(globSync(".changeset/*.md", { cwd: copy.dir })).toEqual([]);
	const after = versions(copy.dir);
	expect(new Set(fixed.map((name) => after.get(name))).size).toBe(1);
	for (const text of waiting) {
		const [, head = "", summary = ""] = text.split(/^---$/m);
		for (const name of ourNames(head))
			expect(changelog(name)).toContain(summary.trim());
	}
	Object.assign(task.meta, { figures: { changesets: waiting.length } });
	await undo();
});

test("a release: one minor change to fetch raises the fixed group together; the others follow core by a patch", async () => {
	for (const path of globSync(".changeset/*.md", { cwd: copy.dir }))
		writeFileSync(join(copy.dir, path), "---\n---\n");
	await copy.git("commit", "--quiet", "--all", "--message=no changes");
	const before = versions(copy.dir);
	writeFileSync(
		join(copy.dir, ".changeset/dry-run.md"),
		'---\n"@keyturn/fetch": minor\n---\n\nReplays once more.\n',
	);
	await copy.pnpm("exec", "changeset", "version");
	const after = versions(copy.dir);
	const raised = (name: string, step: "minor" | "patch") => {
		const [major = 0, minor = 0, patch = 0] =
			before.get(name)?.split(".").map(Number) ?? [];
		return step === "minor"
			? `${major}.${minor + 1}.0`
			: `${major}.${minor}.${patch + 1}`;
	};
	for (const name of fixed)
		expect([name, after.get(name)]).toEqual([
			name,
			raised("@keyturn/core", "minor"),
		]);
	for (const name of Object.keys(releasedAlone))
		expect([name, after.get(name)]).toEqual([name, raised(name, "patch")]);
	for (const [name, version] of after)
		if (readManifest(join(root, pathOf(name))).private)
			expect(version).toBe(before.get(name));
	expect(changelog("@keyturn/fetch")).toContain("Replays once more.");
	expect(changelog("@keyturn/testing")).not.toContain("Replays once more.");
	await undo();
});

function pathOf(name: string): string {
	return (
		workspacePackages().find((pkg) => pkg.manifest.name === name)?.path ?? ""
	);
}

function versions(dir: string): Map<string, string> {
	return new Map(
		workspacePackages().map(({ path, manifest: { name } }) => [
			name,
			readManifest(join(dir, path)).version,
		]),
	);
}
