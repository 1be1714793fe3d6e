import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { promised } from "../src/promises.ts";
import { root } from "../src/workspace.ts";

const read = (name: string): string => readFileSync(join(root, name), "utf8");
const policy = read("SECURITY.md");

test("D1 SECURITY.md has an answer to every threat, and says what stays out of reach", () => {
	const answered = [...policy.matchAll(/^\|.*\((D\d+(?:, D\d+)*)\) \|/gm)]
		.flatMap(([, numbers = ""]) => numbers.split(", "))
		.sort();
	expect(answered).toEqual(
		promised.filter((number) => number.startsWith("D")).sort(),
	);
	expect(policy).toMatch(/## What it cannot do/);
	expect(policy).toMatch(/injected .*script|Script injected/);
	expect(policy).toMatch(/strings cannot be wiped/);
});

test("SECURITY.md says how to report, which versions get fixes and when to expect an answer; the README leads there", () => {
	expect(policy).toMatch(/private security advisories/);
	expect(policy).toMatch(/minor release gets fixes/);
	expect(policy).toMatch(/within \w+ working days/);
	expect(read("README.md")).toMatch(/\]\(\.?\/?SECURITY\.md\)/);
});
