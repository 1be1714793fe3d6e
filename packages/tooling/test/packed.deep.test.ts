import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { type Alone, compilers, installAlone } from "../src/alone.ts";
import { consumerMs } from "../src/consumer.ts";
import { importSets } from "../src/import-sets.ts";
import {
	danglingMaps,
	expectedFiles,
	foreignPaths,
	lint,
	type Packed,
	pack,
	typeProblems,
} from "../src/packed.ts";
import { measure } from "../src/size.ts";
import { root, workspacePackages } from "../src/workspace.ts";

// Above the limit of an install, so that a failure says what hung.
vi.setConfig({ hookTimeout: 2 * consumerMs });

const published = workspacePackages(true);
const names = published.map(({ manifest }) => manifest.name);
let dir = "";
const packed = new Map<string, Packed>();

beforeAll(async () => {
	dir = mkdtempSync(join(tmpdir(), "keyturn-pack-"));
	for (const pkg of published)
		packed.set(pkg.manifest.name, await pack(pkg, dir));
});
afterAll(() => rmSync(dir, { recursive: true }));

const of = (name: string): Packed => packed.get(name) as Packed;

describe.each(names)("%s, packed", (name) => {
	const source = published.find(({ manifest }) => manifest.name === name);

	test("holds exactly the built files, the sources and the papers", ({
		task,
	}) => {
		const { files } = of(name);
		expect(files).toEqual(source && expectedFiles(source));
		Object.assign(task.meta, {
			figures: { packages: 1, files: files.length },
		});
	});

	test("says who made it, under which licence, and where it comes from", () => {
		expect(of(name).manifest).toMatchObject({
			license: "MIT",
			type: "module",
			sideEffects: false,
			engines: { node: ">=22" },
			description: expect.stringMatching(/\w/),
			repository: {
				type: "git",
				directory: source?.path,
			},
		});
	});

	test("shows no private condition, no protocol of the workspace, no script", () => {
		const { manifest } = of(name);
		const { exports, dependencies, peerDependencies, scripts } = manifest;
		expect(JSON.stringify(exports)).not.toContain("source");
		expect(JSON.stringify({ dependencies, peerDependencies })).not.toMatch(
			/workspace:|catalog:|file:/,
		);
		expect(
			Object.keys(scripts ?? {}).filter((script) =>
				/^(pre|post)?(install|prepare|pack|publish)/.test(script),
			),
		).toEqual([]);
	});

	test("every target of its exports is in the tarball", () => {
		const targets = Object.values(of(name).manifest.exports ?? {}).flatMap(
			(target) =>
				typeof target === "string" ? [target] : Object.values(target),
		);
		expect(targets.length).toBeGreaterThan(1);
		for (const target of targets)
			expect(of(name).files).toContain(target.replace("./", ""));
	});

	test("names no place of the machine that built it, and its maps lead somewhere", () => {
		expect(foreignPaths(of(name))).toEqual([]);
		expect(danglingMaps(of(name))).toEqual([]);
	});

	test("publint has nothing to say", async () => {
		expect(await lint(of(name))).toEqual([]);
	});

	test("attw has nothing to say", async () => {
		expect(await typeProblems(of(name))).toEqual([]);
	});

	describe("installed alone", () => {
		let alone: Alone;
		beforeAll(async () => {
			const home = join(dir, "alone", name.replace("/", "-"));
			alone = await installAlone(of(name), [...packed.values()], home);
		});
		const quiet = { code: 0, stdout: "", stderr: "" };

		test("every export loads, and no global is changed", async ({ task }) => {
			const { specifiers } = alone;
			expect(await alone.runModule(loadEach(specifiers))).toEqual(quiet);
			const { stdout } = await alone.runModule(listExports(specifiers));
			expect(stdout).not.toBe("");
			Object.assign(task.meta, {
				figures: { exports: stdout.split(" ").length },
			});
		});

		test.each([
			"--disallow-code-generation-from-strings",
			"--frozen-intrinsics",
		])("every export loads under %s", async (flag) => {
			expect(await alone.runModule(loadEach(alone.specifiers), [flag])).toEqual(
				quiet,
			);
		});

		test.each(Object.entries(compilers))(
			"its types hold for %s",
			async (_, compiler) => {
				expect(await alone.typeErrors(compiler)).toEqual([]);
			},
		);

		test.each(["Vite", "esbuild"] as const)(
			"%s bundles every export, and the bundle has them all",
			async (bundler) => {
				const text = listExports(alone.specifiers);
				const plain = await alone.runModule(text);
				expect(plain.code).toBe(0);
				expect(await alone.runBundled(bundler, text)).toEqual(plain);
			},
		);
	});
});

/** Loads each, and throws if that changes or adds a global. */
function loadEach(specifiers: readonly string[]): string {
	return `
		const all = () => new Map(Object.getOwnPropertyNames(globalThis).map(
			(key) => [key, Object.getOwnPropertyDescriptor(globalThis, key).value]));
		const before = all();
		for (const name of ${JSON.stringify(specifiers)})
			if (Object.keys(await import(name)).length === 0) throw new Error(name + " exports nothing");
		for (const [key, value] of all()) {
			if (key.startsWith("__MSW_")) continue; // msw marks itself
			if (!before.has(key)) throw new Error(key + " is a new global");
			if (!Object.is(before.get(key), value)) throw new Error(key + " was changed");
		}`;
}

/** Imports each as a whole, and prints the names and types of all that is there: a bundler can leave nothing out. */
function listExports(specifiers: readonly string[]): string {
	const names = specifiers.map((_, index) => `e${index}`);
	return `
		${specifiers.map((name, index) => `import * as e${index} from "${name}";`).join("\n")}
		const all = [${names.join()}].flatMap((module, index) => Object.keys(module).sort().map(
			(name) => index + "." + name + ":" + typeof module[name]));
		console.log(all.join(" "));`;
}

test("core has no dependency of any kind", () => {
	const { manifest } = of("@keyturn/core");
	const { dependencies, peerDependencies, optionalDependencies } = manifest;
	expect({
		...dependencies,
		...peerDependencies,
		...optionalDependencies,
	}).toEqual({});
});

test.for(importSets)(
	"$name, built, stays within $budgetKB kB",
	async (set, { task }) => {
		const { isOver, bundle } = await measure(set, "default");
		expect(isOver).toBe(false);
		Object.assign(task.meta, {
			figures: {
				kB: bundle.gzipBytes / 1000,
				"kB allowed": set.budgetKB,
			},
		});
	},
);

test("the licence in every package is the one at the root", () => {
	const licence = readFileSync(join(root, "LICENSE"), "utf8");
	for (const { dir: place } of packed.values())
		expect(readFileSync(join(place, "LICENSE"), "utf8")).toBe(licence);
});
