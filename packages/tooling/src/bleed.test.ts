import { expect, test } from "vitest";
import { findLeaks, forbiddenNames } from "./bleed.ts";

test("core reaches for no clock, chance, network, storage or console", async () => {
	expect(await findLeaks(`export * from "@keyturn/core";`)).toEqual([]);
});

test.each(forbiddenNames)("a use of %s is found, and where", async (name) => {
	const leaks = await findLeaks(`export const leak = () => ${name};`, [name]);
	expect(leaks).toEqual([{ name, modules: ["entry.ts"] }]);
});

test("names the module that leaks, not those that import it", async () => {
	const leaks = await findLeaks(`export * from "@keyturn/fetch";`, [
		"setTimeout",
		"fetch",
	]);
	for (const { modules } of leaks) {
		expect(modules.length).toBeGreaterThan(0);
		expect(modules.filter((path) => path.includes("core/src"))).toEqual([]);
		expect(modules).not.toContain("entry.ts");
		expect(modules).not.toContain("packages/fetch/src/index.ts");
	}
	expect(leaks.map(({ name }) => name)).toEqual(["setTimeout", "fetch"]);
});

test("a property, a text or a local variable of such a name is no leak", async () => {
	const harmless = `export const x = (fetch: () => void, o: { window: 1 }) => [fetch(), o.window, "console.log"];`;
	expect(await findLeaks(harmless)).toEqual([]);
});
