import { describe, expect, test } from "vitest";
import {
	documentedSnippets,
	extractSnippets,
	type Snippet,
	snippetProject,
} from "./snippets.ts";
import { documents } from "./workspace.ts";

const documented = documentedSnippets(documents());

describe("the documentation", () => {
	test("every example compiles", { timeout: 30_000 }, async () => {
		using project = snippetProject(documented);
		const { code, output } = await project.compile();
		expect(output).toBe("");
		expect(code).toBe(0);
	});

	test("every example that says so runs", { timeout: 120_000 }, async () => {
		using project = snippetProject(documented);
		for (const snippet of documented.filter(({ isRun }) => isRun)) {
			const { code, output } = await project.run(snippet);
			expect(code, `${snippet.where}\n${output}`).toBe(0);
			// console.assert only prints
			expect(output, snippet.where).not.toContain("Assertion failed");
		}
	});
});

describe("the checker", () => {
	const snippet = (code: string): Snippet => ({
		where: "x.md:1",
		language: "ts",
		code,
		isRun: true,
	});

	test("an example that does not compile is named by its place", async () => {
		using project = snippetProject([
			snippet(`import { createAuth } from "@keyturn/core";\ncreateAuth(1);`),
		]);
		const { code, output } = await project.compile();
		expect(code).not.toBe(0);
		expect(output).toMatch(/^x\.md:1\(2,12\): error TS/);
	});

	test("an example that throws fails; one that uses a package runs on its sources", async () => {
		const bad = snippet(`throw new Error("no");`);
		const good = snippet(
			`import { transition } from "@keyturn/core";\nif (typeof transition !== "function") process.exit(1);`,
		);
		using project = snippetProject([bad, good]);
		expect((await project.run(bad)).code).not.toBe(0);
		expect(await project.run(good)).toEqual({ code: 0, output: "" });
	});

	test("two examples may use the same names", async () => {
		using project = snippetProject([
			snippet("const a = 1;"),
			snippet("const a = 2;"),
		]);
		expect(await project.compile()).toEqual({ code: 0, output: "" });
	});

	test("reads blocks, joins those that continue, and leaves other languages alone", () => {
		const markdown = [
			"# x",
			"```ts run",
			"const a = 1;",
			"```",
			"```sh",
			"rm",
			"```",
			"```ts continues",
			"a;",
			"```",
			"```tsx",
			"<b />;",
			"```",
		].join("\n");
		expect(extractSnippets("y.md", markdown)).toEqual([
			{
				where: "y.md:3",
				language: "ts",
				code: "const a = 1;\na;\n",
				isRun: true,
			},
			{ where: "y.md:12", language: "tsx", code: "<b />;\n", isRun: false },
		]);
	});
});
