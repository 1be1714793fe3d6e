import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { jobs, workflowProblems } from "./workflow.ts";
import {
	ourNames,
	readManifest,
	root,
	workspacePackages,
} from "./workspace.ts";

const files = globSync(".github/workflows/*", { cwd: root }).sort();
const read = (path: string) => readFileSync(join(root, path), "utf8");

test("there are two workflows: one that checks, one that releases", () => {
	expect(files).toEqual([
		".github/workflows/ci.yml",
		".github/workflows/release.yml",
	]);
});

test.each(files)("D16 %s holds to the rules", (path) => {
	expect(workflowProblems(read(path))).toEqual([]);
});

test("D16 only the job that publishes can get an identity, and it can change nothing here", () => {
	const allowed = files.flatMap((path) =>
		[...jobs(read(path).split("\n"))]
			.filter(([, job]) => job.includes("id-token: write"))
			.map(([name]) => `${path} ${name}`),
	);
	expect(allowed).toEqual([".github/workflows/release.yml publish"]);
});

test("D16 the release is looked at as a consumer: every published package is installed, and its signature checked", () => {
	const job = jobs(read(".github/workflows/release.yml").split("\n")).get(
		"consumer",
	);
	expect(
		ourNames(job ?? "").sort(),
		".github/workflows/release.yml: `npm install` in the job `consumer` must name every published package",
	).toEqual(workspacePackages(true).map(({ manifest }) => manifest.name));
	expect(job).toContain("npm audit signatures");
});

test("everything that starts pnpm starts the pinned one", () => {
	const { packageManager } = readManifest(root);
	const texts = [...files, "README.md", "CONTRIBUTING.md"].map(read).join("\n");
	const named = new Set(texts.match(/pnpm@[\w.<>]+/g));
	expect([...named]).toEqual([packageManager]);
});

describe("the rules", () => {
	const good = [
		"on: push",
		"permissions: {}",
		"env:",
		'  npm_config_ignore_scripts: "true"',
		'  pnpm_config_ignore_scripts: "true"',
		"jobs:",
		"  a:",
		"    timeout-minutes: 1",
		"    permissions:",
		"      contents: read",
		"    steps:",
		`      - uses: actions/checkout@${"a".repeat(40)} # v1.0.0`,
		"        with:",
		"          persist-credentials: false",
		"      - run: |",
		"          echo",
		"      - if: always()",
	].join("\n");

	test("a good one has no problems", () => {
		expect(workflowProblems(good)).toEqual([]);
	});

	test.each([
		["permissions: {}", "permissions: write-all", "begin at none"],
		["on: push", "on: pull_request_target", "foreign code"],
		['  npm_config_ignore_scripts: "true"', "", "npm runs the scripts"],
		['pnpm_config_ignore_scripts: "true"', "a: b", "pnpm runs the scripts"],
		[`${"a".repeat(40)} # v1.0.0`, "v1", "not pinned"],
		["    timeout-minutes: 1\n", "", "no time limit"],
		["    permissions:\n      contents: read\n", "", "no permissions"],
		["          persist-credentials: false", "", "leaves credentials"],
		["echo", "echo $".concat("{{ github.head_ref }}"), "becomes code"],
		["always()", "secrets.NPM_TOKEN", "stored secret"],
		[
			"contents: read",
			"contents: write\n      id-token: write",
			"may publish and push",
		],
	])("%s → %s is refused", (from, to, problem) => {
		expect(workflowProblems(good.replace(from, to)).join()).toContain(problem);
	});
});
