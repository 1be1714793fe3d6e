import { expect, test } from "vitest";
import { resolveSpecifier } from "../src/bundle.ts";
import { CANARY } from "../src/canary.ts";

interface Mock {
	issue(login: string): { access: string; refresh: string };
}

test.each([
	["createOzAuthority", "user_email"],
	["createKazunionAuthority", "string"],
	["createOAuth2Authority", "user"],
])("every token that %s makes up shows as a canary", async (name, login) => {
	// By path: the tooling depends on no package of the workspace.
	const mocks = (await import(
		resolveSpecifier("@keyturn/testing") ?? ""
	)) as Record<string, () => Mock>;
	const { findCanaries } = await import("../src/canary-search.ts");
	const tokens = mocks[name]?.().issue(login);
	expect(tokens?.refresh.startsWith(CANARY)).toBe(true);
	// A JWT carries it inside.
	expect(findCanaries(tokens?.access ?? "")).not.toEqual([]);
});
