/** That `snippets.test.ts` would be red. */
import { describe, expect, test } from "vitest";
import { extractSnippets, type Snippet, snippetProject } from "./snippets.ts";

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

	test("an example that throws fails, and keeps none from running; one that uses a package runs on its sources", async () => {
		const bad = snippet(`throw new Error("no");`);
		const wrong = snippet(`console.assert(1 > 2, "so it is");`);
		const good = snippet(
			`import { transition } from "@keyturn/core";\nif (typeof transition !== "function") throw new Error();`,
		);
		using project = snippetProject([bad, wrong, good]);
		const outcomes = await project.run([bad, wrong, good]);
		expect(outcomes.map(({ code }) => code)).toEqual([1, 0, 0]);
		expect(outcomes.map(({ output }) => output)).toEqual([
			expect.stringMatching(/^Error: no\n.*x\.md:1/s),
			"Assertion failed: so it is\n",
			"",
		]);
	});

	test.each([
		["rejects where nobody listens", `Promise.reject(new Error("no"));`],
		["ends the process", "process.exit(7);"],
		["never comes to an end", "await new Promise(() => {});"],
	])("an example that %s fails, and so do those behind it", async (_, code) => {
		const [bad, after] = [snippet(code), snippet("await 1;")];
		using project = snippetProject([bad, after]);
		const outcomes = await project.run([bad, after]);
		expect(outcomes.map((outcome) => outcome.code === 0)).toEqual([
			false,
			false,
		]);
		expect(outcomes[1]?.output).toMatch(/^not run:/);
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
