/**
 * Vitest global setup: whatever this run prints or reports, and what it leaves behind (snapshots, report files, coverage,
 * the tables of matrix and bench), must show no canary (`canary.ts`). The run fails if one does, all tests green or not.
 */
import { globSync, readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import type { TestProject } from "vitest/node";
import { type Said, tellCanaries, watchOutput } from "./canary-watch.ts";

export default function setup({ config, vitest }: TestProject): () => void {
	const end = watchOutput();
	// called once the reporters have written their files
	return () => {
		const { root } = config;
		const { outputFile, coverage } = vitest.config;
		const reports =
			typeof outputFile === "object"
				? Object.values(outputFile)
				: [outputFile ?? []].flat();
		const left = globSync(
			[
				"{packages,apps}/*/{src,test}/**/*.snap",
				"docs/runtimes.md",
				"apps/bench/results.json",
				...reports.map((path) => relative(root, resolve(root, path))),
				// not the pages among it, which quote the source that defines the canary
				`${relative(root, resolve(root, coverage.reportsDirectory))}/**/*.{json,info,xml,txt}`,
			],
			{ cwd: root },
		).map((path): Said => [path, readFileSync(join(root, path), "utf8")]);
		// Reporters that print less than all still write titles and errors into files.
		const reported = [...vitest.state.getTestModules()].flatMap((module) =>
			[...module.children.allTests()].map(
				(test): Said => [
					`a title or an error in ${relative(root, module.moduleId)}`,
					[
						test.fullName,
						...(test.result().errors ?? []).map(({ message }) => message),
					].join("\n"),
				],
			),
		);
		if (tellCanaries([...end(), ...left, ...reported]) > 0)
			process.exitCode = 1;
	};
}
