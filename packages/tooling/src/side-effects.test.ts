import { createContext, runInContext } from "node:vm";
import { expect, test } from "vitest";
import { bundle } from "./bundle.ts";
import { workspacePackages } from "./workspace.ts";

const published = workspacePackages(true);
const external = [
	"node",
	...published.flatMap(({ manifest }) =>
		Object.keys(manifest.peerDependencies ?? {}),
	),
];
const specifiers = published.flatMap(({ manifest }) =>
	Object.keys(manifest.exports ?? {})
		.filter((key) => key !== "./package.json")
		.map((key) => manifest.name + key.slice(1)),
);

// Schemas are built when a protocol loads: no effect, but more than a bundler can tell.
const built = specifiers.filter((name) => name.includes("/protocols/"));

test.each(specifiers.filter((name) => !built.includes(name)))(
	"an unused import of %s leaves nothing in a bundle, whatever its package claims",
	async (specifier) => {
		const { code } = await bundle(`import "${specifier}";`, {
			external,
			trustsSideEffects: false,
		});
		// What stays of an import from elsewhere is that package's own matter.
		expect(code.replace(/import"[^"]+";\n?/g, "").trim()).toBe("");
	},
);

// React itself loads in a bare context, and its contexts are made at once; the others must be of no use at that time.
const notThere = external.filter((name) => name !== "react");

test.each(specifiers)(
	"%s loads where there is nothing but the language, and adds nothing to it",
	async (specifier) => {
		const { code } = await bundle(`export * from "${specifier}";`, {
			external: notThere,
			define: { "process.env.NODE_ENV": '"production"' },
		});
		const script = code
			.replace(/\bimport\b[^;"]*"[^"]+";/g, "")
			.replace(/export\{[^}]*\};?\s*$/, "");
		const context = createContext(Object.create(null));
		const before = runInContext(
			"Object.getOwnPropertyNames(globalThis)",
			context,
		);
		runInContext(`(() => {${script}})()`, context);
		expect(
			runInContext("Object.getOwnPropertyNames(globalThis)", context),
		).toEqual(before);
	},
);
