import { execFile } from "node:child_process";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
	afterAll,
	beforeAll,
	beforeEach,
	describe,
	expect,
	test,
} from "vitest";
import { root } from "../src/workspace.ts";

let copy = "";
const core = () => join(copy, "packages/core");

beforeAll(async () => {
	copy = await mkdtemp(join(tmpdir(), "keyturn-compile-"));
});
beforeEach(async () => {
	await rm(core(), { recursive: true, force: true });
	for (const path of [
		"tsconfig.base.json",
		"packages/core/package.json",
		"packages/core/tsconfig.build.json",
		"packages/core/src",
	])
		await cp(join(root, path), join(copy, path), { recursive: true });
});
afterAll(() => rm(copy, { recursive: true }));

describe("core", () => {
	test("compiles as it is", async () => {
		expect(await compile()).toBe("");
	});

	test("a forgotten cell of the table does not compile", async () => {
		const cell = /^\t\t"?([a-z-]+)"?: null,\n/gm;
		const table = join(core(), "src/table.ts");
		const text = await readFile(table, "utf8");
		const cells = [...text.matchAll(cell)];
		expect(cells.length).toBeGreaterThan(3);
		// One of the first status, and one of the last.
		for (const match of [cells[0], cells.at(-1)]) {
			const [line, event] = match as RegExpExecArray;
			await writeFile(
				table,
				text.slice(0, match?.index) +
					text.slice((match?.index ?? 0) + line.length),
			);
			const output = await compile();
			expect(output).toContain("src/table.ts");
			expect(output).toMatch(new RegExp(`Property '"?${event}"?' is missing`));
		}
	});

	test("a cell for an event that does not exist does not compile", async () => {
		const table = join(core(), "src/table.ts");
		const text = await readFile(table, "utf8");
		await writeFile(
			table,
			text.replace(/^\t\tdue: null,$/m, '$&\n\t\t"signed-inn": null,'),
		);
		expect(await compile()).toContain("'\"signed-inn\"' does not exist");
	});

	test("what is not the language does not compile: setTimeout, fetch, console and the like", async () => {
		const intruders = [
			"setTimeout(() => {}, 1)",
			"fetch('/')",
			"console.log('')",
			"window",
			"process",
			"localStorage",
			"new URL('x:')",
			"queueMicrotask(() => {})",
			"performance.now()",
			"new AbortController()",
			"import('node:crypto')",
		];
		for (const [index, code] of intruders.entries())
			await writeFile(
				join(core(), `src/intruder-${index}.ts`),
				`export const intruder = (): unknown => ${code};\n`,
			);
		const output = await compile();
		const caught = intruders.filter((_, index) =>
			new RegExp(
				`^src/intruder-${index}\\.ts\\(1,\\d+\\): error TS(2304|2307|2552|2584|2591|2868)`,
				"m",
			).test(output),
		);
		expect(caught).toEqual(intruders);
	});
});

function compile(): Promise<string> {
	return new Promise((resolve) => {
		execFile(
			join(root, "node_modules/.bin/tsc"),
			["-p", "tsconfig.build.json", "--noEmit", "--pretty", "false"],
			{ cwd: core() },
			(_, stdout, stderr) => resolve(stdout + stderr),
		);
	});
}
