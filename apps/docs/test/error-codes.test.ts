import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

const text = (path: string): string =>
	readFileSync(new URL(path, import.meta.url), "utf8");

/** As the source declares them. */
const codes = [
	...(/type AuthErrorCode =([^;]+);/
		.exec(text("../../../packages/core/src/auth-error.ts"))?.[1]
		?.matchAll(/"([^"]+)"/g) ?? []),
].map(([, code]) => code);

test("the index of error codes has each code of AuthError, in the source's order, and no other", () => {
	const headings = [...text("../pages/errors.md").matchAll(/^## (.+)$/gm)];
	expect(codes.length).toBeGreaterThan(10);
	expect(headings.map(([, heading]) => heading)).toEqual(
		codes.map((code) => `\`${code}\``),
	);
});

test.each(codes)("%s: says when, and what to do", (code) => {
	const [, section = ""] = text("../pages/errors.md").split(`## \`${code}\`\n`);
	const [own] = section.split("\n## ");
	expect(own).toMatch(/^\n\*\*When\.\*\* \S.*\n\n\*\*What to do\.\*\* \S/s);
});
