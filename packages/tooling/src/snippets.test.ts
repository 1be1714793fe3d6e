import { describe, expect, test } from "vitest";
import { documentedSnippets, snippetProject } from "./snippets.ts";
import { documents } from "./workspace.ts";

const documented = documentedSnippets(documents());

describe("the documentation", () => {
	test("every example compiles", async () => {
		using project = snippetProject(documented);
		const { code, output } = await project.compile();
		expect(output).toBe("");
		expect(code).toBe(0);
	});

	test("every example that says so runs", async () => {
		using project = snippetProject(documented);
		const outcomes = await project.run(documented.filter(({ isRun }) => isRun));
		expect(outcomes.length).toBeGreaterThan(10);
		expect(
			outcomes.filter(
				({ code, output }) =>
					// console.assert only prints
					code !== 0 || output.includes("Assertion failed"),
			),
		).toEqual([]);
	});
});
