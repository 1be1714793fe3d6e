import { expect, test } from "vitest";
import { inOrder } from "./publish.ts";
import { workspacePackages } from "./workspace.ts";

test("publishes every package once, each after those that it needs", () => {
	const all = workspacePackages(true);
	const names = inOrder(all).map(({ manifest }) => manifest.name);
	expect([...names].sort()).toEqual(all.map(({ manifest }) => manifest.name));
	for (const { manifest } of all)
		for (const other of Object.keys(manifest.dependencies ?? {}))
			if (names.includes(other))
				expect(names.indexOf(other)).toBeLessThan(names.indexOf(manifest.name));
	expect(names[0]).toBe("@keyturn/core");
});
