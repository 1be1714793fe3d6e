import { join } from "node:path";
import { expect, test } from "vitest";
import {
	importSpecifiers,
	judgeImport,
	noRule,
	violations,
} from "./boundaries.ts";
import { root } from "./workspace.ts";

test("every source imports only what its package may", () => {
	expect(violations()).toEqual([]);
});

const core = { manifest: { name: "@keyturn/core", version: "0.1.0" } };
const testing = {
	manifest: {
		name: "@keyturn/testing",
		version: "0.1.0",
		dependencies: { "@keyturn/core": "workspace:^" },
	},
};

test.each([
	["core imports anything at all", core, "valibot", "is not on the list"],
	["core imports a builtin", core, "node:crypto", "is not on the list"],
	[
		"the mocks import the parsers",
		testing,
		"@keyturn/protocols/oz",
		"is not on",
	],
	["a peer is not declared", testing, "msw/node", "is no dependency"],
	["a path leaves the package", core, "../../fetch/src/x.ts", "leaves"],
	[
		"a package without a rule",
		{ manifest: { name: "@keyturn/new", version: "0.1.0" } },
		"ky",
		"packages/tooling/src/boundaries.ts has no rule for @keyturn/new: ",
	],
])("refuses: %s", (_, pkg, specifier, why) => {
	expect(judgeImport(pkg, specifier)).toContain(why);
});

test("a package without a rule is told of once, with the file to edit", () => {
	const found = violations([
		{
			path: "packages/new",
			dir: join(root, "packages/core"),
			manifest: { name: "@keyturn/new", version: "0.1.0" },
		},
	]);
	expect(found).toEqual([
		{ file: "packages/new", specifier: "", why: noRule("@keyturn/new") },
	]);
});

test("allows what is on the list and declared", () => {
	expect(judgeImport(testing, "@keyturn/core")).toBeUndefined();
	expect(judgeImport(testing, "node:http")).toBeUndefined();
	expect(judgeImport(core, "./secret.ts")).toBeUndefined();
});

test("reads imports of types, of side effects, over several lines, and dynamic ones", () => {
	const source = [
		'import type { A } from "a";',
		'import {\n\ttype B,\n} from "b/sub";',
		'export * from "c";',
		"import 'd';",
		'const e = await import("e");',
		'let x: import("f").F;',
		'/** import { no } from "in-a-comment"; */',
		'// import "nor-here";',
		'const text = "from";',
	].join("\n");
	expect(importSpecifiers(source)).toEqual(["a", "b/sub", "c", "d", "e", "f"]);
});
