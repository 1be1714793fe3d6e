import {
	globSync,
	mkdtempSync,
	readFileSync,
	rmSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { brokenLinks } from "./links.ts";
import { documents, root } from "./workspace.ts";

test.each(documents())("%s: every link leads somewhere", (path) => {
	expect(brokenLinks(root, path)).toEqual([]);
});

test("finds links to missing files and headings, and leaves code and other sites alone", () => {
	const dir = mkdtempSync(join(tmpdir(), "keyturn-links-"));
	writeFileSync(
		join(dir, "a.md"),
		"# One `thing`, at last\n[a](gone.md) [b](b.md#x) [c](#one-thing-at-last) [d](#two) [e](https://e.example) `x[1](y)`\n```ts\nf[0](g)\n```\n",
	);
	writeFileSync(join(dir, "b.md"), "# Y\n");
	expect(brokenLinks(dir, "a.md")).toEqual(["gone.md", "b.md#x", "#two"]);
	rmSync(dir, { recursive: true });
});

test("every decision is in the index, has a page of at most 40 lines, and a number of its own", () => {
	const dir = join(root, "docs/decisions");
	const pages = globSync("[0-9]*.md", { cwd: dir }).sort();
	const index = readFileSync(join(dir, "README.md"), "utf8");
	expect(pages.filter((page) => !index.includes(`](${page})`))).toEqual([]);
	expect(
		pages.filter(
			(page) => readFileSync(join(dir, page), "utf8").split("\n").length > 41,
		),
	).toEqual([]);
	const numbers = pages.map((page) => page.slice(0, 4));
	expect(new Set(numbers).size).toBe(numbers.length);
});
