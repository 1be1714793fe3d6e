/**
 * Vitest global setup: whatever this run prints or reports, and the snapshots it leaves, must show no canary
 * (`canary.ts`). The run fails if one does, all tests green or not.
 */
import { existsSync, globSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import type { TestProject } from "vitest/node";
import { findCanaries } from "./canary-search.ts";

interface Tee {
	readonly name: string;
	/** Stops, and gives what was written meanwhile. */
	end(): string;
}

export default function setup({ config, vitest }: TestProject): () => void {
	const tees = [tee("stdout"), tee("stderr")];
	return () => {
		const outputs = tees.map(({ name, end }) => [name, end()] as const);
		const files = snapshots(config.root).map(
			(path) =>
				[relative(config.root, path), readFileSync(path, "utf8")] as const,
		);
		// Reporters that print less than all still write titles and errors into files.
		const reported = [...vitest.state.getTestModules()].flatMap((module) =>
			[...module.children.allTests()].map(
				(test) =>
					[
						`a title or an error in ${relative(config.root, module.moduleId)}`,
						[
							test.fullName,
							...(test.result().errors ?? []).map(({ message }) => message),
						].join("\n"),
					] as const,
			),
		);
		const found = [...outputs, ...files, ...reported].flatMap(([name, text]) =>
			findCanaries(text).map((where) => `  ${name}, ${where}`),
		);
		if (found.length === 0) return;
		process.stderr.write(
			`\nA canary got out, so a secret can:\n${found.join("\n")}\n`,
		);
		process.exitCode = 1;
	};
}

function tee(name: "stdout" | "stderr"): Tee {
	const stream = process[name];
	const { write } = stream;
	const decoder = new TextDecoder();
	let text = "";
	const teeing = (...args: Parameters<typeof write>): boolean => {
		const [chunk] = args;
		text +=
			typeof chunk === "string"
				? chunk
				: decoder.decode(chunk, { stream: true });
		return write.apply(stream, args);
	};
	stream.write = teeing as typeof write;
	return {
		name,
		end() {
			stream.write = write;
			return text;
		},
	};
}

function snapshots(root: string): string[] {
	return ["packages", "apps"]
		.map((name) => join(root, name))
		.filter((dir) => existsSync(dir))
		.flatMap((dir) =>
			globSync("*/{src,test}/**/*.snap", { cwd: dir }).map((path) =>
				join(dir, path),
			),
		);
}
