import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { expect, test } from "vitest";
import { sourceFiles } from "../src/boundaries.ts";
import { root, workspacePackages } from "../src/workspace.ts";

const committed = execFileSync("git", ["ls-files", "-z"], {
	cwd: root,
	encoding: "utf8",
})
	.split("\0")
	.filter((path) => /\.(ts|tsx|js|mjs|json|ya?ml|md|css|html|txt)$/.test(path))
	.filter((path) => existsSync(join(root, path)));

// Put together, or this file would be the first to hold them.
test.each([
	["a registry's host", ["registry", "npmjs"].join(".")],
	["a home of the machine", ["", "root", ""].join("/")],
	["a folder of the machine", ["", "work", ""].join("/")],
	["a test that is switched off", ["test", "only("].join(".")],
	["a test that is switched off", ["it", "only("].join(".")],
	["a type that is none", ["as", "any"].join(" ").concat(";")],
	["a silenced error", ["@ts", "ignore"].join("-")],
	["a silenced file", ["@ts", "nocheck"].join("-")],
])("no committed file names %s: %s", (_, text) => {
	expect(committed.length).toBeGreaterThan(100);
	expect(
		committed.filter((path) =>
			readFileSync(join(root, path), "utf8").includes(text),
		),
	).toEqual([]);
});

test.each(committed.filter((path) => path.endsWith("pnpm-lock.yaml")))(
	"%s pins what was downloaded and says nothing about where from",
	(path) => {
		const lockfile = readFileSync(join(root, path), "utf8");
		expect(lockfile).toContain("integrity: sha512-");
		expect(lockfile).not.toMatch(/https?:|tarball:/);
	},
);

test("a source over 200 lines says why in its header; over 300 there are two, whose parts are of no use apart", () => {
	const sources = workspacePackages()
		.filter(({ path }) => path.startsWith("packages/"))
		.flatMap(({ dir }) => sourceFiles(dir))
		.map((path) => relative(root, path));
	const text = (path: string) => readFileSync(join(root, path), "utf8");
	const over = (limit: number) =>
		sources.filter((path) => text(path).trimEnd().split("\n").length > limit);
	expect(over(300)).toEqual([
		"packages/core/src/create-auth.ts",
		"packages/core/src/table.ts",
	]);
	expect(
		over(200).filter((path) => !/^\/\*\*[^/]*\bOver 200/.test(text(path))),
	).toEqual([]);
});
