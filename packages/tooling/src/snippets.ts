/**
 * The examples in the documentation: every `ts` or `tsx` block compiles, one that says `ts run` also runs, and one that
 * says `ts continues` belongs to the block before it.
 */
import { execFile } from "node:child_process";
import {
	existsSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	realpathSync,
	rmSync,
	symlinkSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { root, workspacePackages } from "./workspace.ts";

export interface Snippet {
	/** `packages/core/README.md:12` */
	readonly where: string;
	readonly language: "ts" | "tsx";
	readonly code: string;
	readonly isRun: boolean;
}

export interface Outcome {
	readonly code: number;
	readonly output: string;
}

const fence = /^```(tsx?)\b[ \t]*(.*)\n([\s\S]*?)^```$/gm;

export function extractSnippets(path: string, markdown: string): Snippet[] {
	const found: Snippet[] = [];
	for (const match of markdown.matchAll(fence)) {
		const [, language, info = "", code = ""] = match;
		const words = info.split(/\s+/);
		const line = markdown.slice(0, match.index).split("\n").length + 1;
		const before = words.includes("continues") ? found.pop() : undefined;
		found.push({
			where: before?.where ?? `${path}:${line}`,
			language: language === "tsx" ? "tsx" : (before?.language ?? "ts"),
			code: (before?.code ?? "") + code,
			isRun: words.includes("run") || before?.isRun === true,
		});
	}
	return found;
}

/** How a snippet ended; of one that took the process with it, and of those after it, the process's own end. */
export interface RunOutcome extends Outcome {
	readonly where: string;
}

export interface SnippetProject extends Disposable {
	/** All snippets at once; `output` names each error by the snippet's place in the documentation. */
	compile(): Promise<Outcome>;
	/** One after the other, in one process: a process for each would take most of the time to start. */
	run(snippets: readonly Snippet[]): Promise<RunOutcome[]>;
}

/** A throw-away project in which every package of the workspace is installed, from its sources. */
export function snippetProject(snippets: readonly Snippet[]): SnippetProject {
	const dir = realpathSync(mkdtempSync(join(tmpdir(), "keyturn-snippets-")));
	linkPackages(join(dir, "node_modules"));
	const files = new Map(
		snippets.map((snippet, index) => [
			snippet,
			`snippet-${index}.${snippet.language}`,
		]),
	);
	// Without an export a file is a script, and shares its names with all others.
	for (const [{ code }, file] of files)
		writeFileSync(join(dir, file), `${code}\nexport {};\n`);
	writeFileSync(join(dir, "package.json"), '{ "type": "module" }');
	writeFileSync(join(dir, "tsconfig.json"), JSON.stringify(tsconfig));
	const named = (output: string) =>
		[...files].reduce(
			(text, [{ where }, file]) => text.replaceAll(file, where),
			output,
		);
	return {
		compile: async () => {
			const tsc = join(root, "node_modules/.bin/tsc");
			const done = await execute(tsc, [], dir);
			return { ...done, output: named(done.output) };
		},
		run: async (these) => {
			const names = these.map((snippet) => files.get(snippet) ?? "");
			writeFileSync(join(dir, "run.mjs"), runner(names));
			const args = ["--conditions=source", "--no-warnings", "run.mjs"];
			const { code, output } = await execute(process.execPath, args, dir);
			const parts = output.split(mark);
			return these.map(({ where }, index) => {
				const [said = `not run:\n${output}`, end] =
					parts[index + 1]?.split(ended) ?? [];
				return {
					where,
					code: end === undefined ? code || 1 : Number.parseInt(end, 10),
					output: named(said),
				};
			});
		},
		[Symbol.dispose]: () => rmSync(dir, { recursive: true }),
	};
}

/** Between the outputs of snippets; no example prints it. */
const mark = "\u0001begin";
const ended = "\u0001end";

/** Awaits each, prints what it threw, and goes on. What hangs is ended with the process. */
const runner = (files: readonly string[]): string =>
	`const say = (text) => process.stdout.write(text);
console.error = console.warn = console.log; // in order with the marks; console.assert prints through warn
for (const file of ${JSON.stringify(files)}) {
	say(${JSON.stringify(mark)});
	let code = 0;
	try { await import("./" + file); } catch (error) { code = 1; console.log(error); }
	await new Promise(setImmediate); // a rejection that nobody handles ends the process here
	say(${JSON.stringify(ended)} + code);
}
`;

const tsconfig = {
	extends: join(root, "tsconfig.base.json"),
	compilerOptions: {
		noEmit: true,
		jsx: "react-jsx",
		types: ["node"],
		isolatedDeclarations: false,
		declaration: false,
		declarationMap: false,
		// Examples may be `.ts` files that import one another.
		rewriteRelativeImportExtensions: false,
		allowImportingTsExtensions: true,
	},
	include: ["*.ts", "*.tsx"],
};

/** What any package of the workspace may import, the examples may. */
function linkPackages(modules: string): void {
	const link = (name: string, target: string) => {
		const at = join(modules, name);
		if (existsSync(at)) return;
		mkdirSync(dirname(at), { recursive: true });
		symlinkSync(target, at, "junction");
	};
	for (const { manifest, dir } of workspacePackages()) link(manifest.name, dir);
	for (const dir of [root, ...workspacePackages().map((pkg) => pkg.dir)]) {
		const own = join(dir, "node_modules");
		const names = existsSync(own) ? readdirSync(own) : [];
		for (const name of names.filter((text) => !text.startsWith(".")))
			for (const sub of name.startsWith("@")
				? readdirSync(join(own, name))
				: [""])
				link(join(name, sub), realpathSync(join(own, name, sub)));
	}
}

function execute(
	file: string,
	args: readonly string[],
	cwd: string,
): Promise<Outcome> {
	const options = { cwd, timeout: 240_000 };
	return new Promise((resolve) => {
		execFile(file, args, options, (error, stdout, stderr) => {
			const code = error
				? typeof error.code === "number"
					? error.code
					: 1
				: 0;
			resolve({ code, output: stdout + stderr });
		});
	});
}

export function documentedSnippets(paths: readonly string[]): Snippet[] {
	return paths.flatMap((path) =>
		extractSnippets(path, readFileSync(join(root, path), "utf8")),
	);
}
