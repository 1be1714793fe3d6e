/** The reference against an independent witness: the exports as the type checker sees them. */
import { join } from "node:path";
import ts from "typescript-6";
import { expect, test } from "vitest";
import {
	root,
	workspacePackages,
} from "../../../packages/tooling/src/workspace.ts";
import { modulesOf, referencePage } from "../src/reference.ts";

const published = workspacePackages(true);
const entries = published.flatMap(({ dir, manifest }) =>
	Object.entries(manifest.exports ?? {}).flatMap(([path, target]) =>
		typeof target === "string"
			? []
			: [
					{
						specifier: join(manifest.name, path),
						file: join(dir, target.source ?? ""),
					},
				],
	),
);

test("every export of every published package is in the reference, and nothing else", () => {
	const config = ts.readConfigFile(join(root, "tsconfig.base.json"), (path) =>
		ts.sys.readFile(path),
	);
	const { options } = ts.parseJsonConfigFileContent(
		config.config,
		ts.sys,
		root,
	);
	const program = ts.createProgram(
		entries.map(({ file }) => file),
		{ ...options, noEmit: true, jsx: ts.JsxEmit.ReactJSX },
	);
	const checker = program.getTypeChecker();
	const declared = new Map(
		entries.map(({ specifier, file }) => {
			const source = program.getSourceFile(file);
			const symbol = source && checker.getSymbolAtLocation(source);
			return [
				specifier,
				symbol
					? checker
							.getExportsOfModule(symbol)
							.map(({ name }) => name)
							.sort()
					: [],
			];
		}),
	);
	const documented = new Map(
		published
			.flatMap(modulesOf)
			.map(({ specifier, entries }) => [
				specifier,
				entries.map(({ name }) => name).sort(),
			]),
	);
	expect(declared.size).toBeGreaterThan(10);
	expect([...declared.values()].every((names) => names.length > 0)).toBe(true);
	expect(documented).toEqual(declared);
});

test("an entry has its declaration without bodies, its comment, and names instead of patterns", () => {
	const page = (name: string) =>
		referencePage(
			published.find(({ path }) => path === `packages/${name}`) as never,
		);
	const fetch = page("fetch");
	expect(fetch).toContain(
		"function createAuthFetch(auth: AdapterAuth, options?: AuthFetchOptions): AuthFetch;",
	);
	expect(fetch).toContain("Clock, timers and transport of the web platform");
	expect(page("core")).toContain(
		"- throws: AuthError `invalid-option`, naming the option",
	);
	expect(fetch).not.toContain("=> {");
});
