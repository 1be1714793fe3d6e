import { globSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { siteMap } from "../src/site-map.ts";

test("every page is in the side bar, and every entry has its page", () => {
	const pages = globSync("**/*.md", {
		cwd: join(import.meta.dirname, "../pages"),
		exclude: ["reference/**"],
	}).filter((page) => page !== "index.md");
	expect(
		siteMap
			.flatMap(({ items }) => items.map(({ link }) => `${link.slice(1)}.md`))
			.sort(),
	).toEqual(pages.sort());
});
