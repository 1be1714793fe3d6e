import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { mayImport } from "../src/boundaries.ts";
import { catalogVersion, installConsumer } from "../src/consumer.ts";
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
import { run } from "../src/run.ts";
import { measure } from "../src/size.ts";
import { root, workspacePackages } from "../src/workspace.ts";

const published = workspacePackages(true);
const names = published.map(({ manifest }) => manifest.name);
let dir = "";
const packed = new Map<string, Packed>();

beforeAll(async () => {
	dir = mkdtempSync(join(tmpdir(), "keyturn-pack-"));
	for (const pkg of published)
		packed.set(pkg.manifest.name, await pack(pkg, dir));
}, 120_000);
afterAll(() => rmSync(dir, { recursive: true }));

const of = (name: string): Packed => packed.get(name) as Packed;

describe.each(names)("%s, packed", (name) => {
	const source = published.find(({ manifest }) => manifest.name === name);

	test("holds exactly the built files, the sources and the papers", () => {
		expect(of(name).files).toEqual(source && expectedFiles(source));
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

	test("publint and attw have nothing to say", async () => {
		expect(await lint(of(name))).toEqual([]);
		expect(await typeProblems(of(name))).toEqual([]);
	}, 60_000);

	test("installed alone, every export loads in Node, also without code generation and with frozen intrinsics; types hold for TypeScript 5.9, 6 and 7", async () => {
		const home = join(dir, "alone", name.replace("/", "-"));
		const { manifest } = of(name);
		const peers = Object.keys(manifest.peerDependencies ?? {});
		await installConsumer(
			home,
			[name],
			[...packed.values()],
			Object.fromEntries(
				[...peers, ...typesFor(name, peers)].map((other) => [
					other,
					catalogVersion(other),
				]),
			),
		);
		const specifiers = Object.keys(manifest.exports ?? {})
			.filter((key) => key !== "./package.json")
			.map((key) => name + key.slice(1));
		writeFileSync(join(home, "load.mjs"), loadEach(specifiers));
		for (const flags of [
			[],
			["--disallow-code-generation-from-strings"],
			["--frozen-intrinsics"],
		])
			expect(
				await run(process.execPath, ["--no-warnings", ...flags, "load.mjs"], {
					cwd: home,
					timeoutMs: 20_000,
				}),
				flags.join(),
			).toEqual({ code: 0, stdout: "", stderr: "" });

		writeFileSync(
			join(home, "use.ts"),
			specifiers
				.map((text, index) => `export * as e${index} from "${text}";`)
				.join("\n"),
		);
		writeFileSync(
			join(home, "tsconfig.json"),
			JSON.stringify({
				compilerOptions: {
					strict: true,
					exactOptionalPropertyTypes: true,
					skipLibCheck: false,
					noEmit: true,
					target: "es2023",
					lib: ["es2023", "dom", "dom.iterable", "esnext.disposable"],
					module: "nodenext",
					types: mayImport[name]?.includes("node:") ? ["node"] : [],
				},
				files: ["use.ts"],
			}),
		);
		const tooling = join(root, "packages/tooling/node_modules");
		for (const compiler of [
			join(tooling, "typescript-5/bin/tsc"),
			join(tooling, "typescript-6/bin/tsc"),
			join(root, "node_modules/typescript/bin/tsc"),
		]) {
			const { code, stdout } = await run(
				process.execPath,
				[compiler, "-p", "."],
				{
					cwd: home,
				},
			);
			// Declarations of others are not ours to judge.
			const errors = stdout.match(/^.*error TS.*$/gm) ?? [];
			const ours = errors.filter((line) => /^use\.ts|@keyturn/.test(line));
			expect(ours, compiler).toEqual([]);
			if (code !== 0) expect(errors.length, stdout).toBeGreaterThan(0);
		}
	}, 120_000);
});

/** What a consumer in TypeScript has besides: the types of the platform and of React. */
function typesFor(name: string, peers: readonly string[]): string[] {
	return [
		...(mayImport[name]?.includes("node:") ? ["@types/node"] : []),
		...(peers.includes("react") ? ["@types/react"] : []),
	];
}

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

test("core has no dependency of any kind", () => {
	const { manifest } = of("@keyturn/core");
	const { dependencies, peerDependencies, optionalDependencies } = manifest;
	expect({
		...dependencies,
		...peerDependencies,
		...optionalDependencies,
	}).toEqual({});
});

test.each(importSets)(
	"$name, built, stays within $budgetKB kB",
	async (set) => {
		expect((await measure(set, "default")).isOver).toBe(false);
	},
);

test("the licence in every package is the one at the root", () => {
	const licence = readFileSync(join(root, "LICENSE"), "utf8");
	for (const { dir: place } of packed.values())
		expect(readFileSync(join(place, "LICENSE"), "utf8")).toBe(licence);
});
