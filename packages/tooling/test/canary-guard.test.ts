import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { CANARY } from "../src/canary.ts";
import { root } from "../src/workspace.ts";

const vitest = join(root, "node_modules/vitest/vitest.mjs");
const guard = join(root, "packages/tooling/src/canary-guard.ts");
let dir = "";
beforeAll(async () => {
	dir = await mkdtemp(join(tmpdir(), "keyturn-canary-"));
	await writeFile(
		join(dir, "vitest.config.mjs"),
		`export default { test: { globals: true, globalSetup: [${JSON.stringify(guard)}], maxWorkers: 1 } };`,
	);
});
afterAll(() => rm(dir, { recursive: true }));

test("S15 D10 fails a green run that shows a token, and says where and how", async () => {
	const { code, output } = await run({
		"goes to the console": `console.log({ token: "${CANARY}1" })`,
		"goes to stderr as bytes": `process.stderr.write("${CANARY}2\\n")`,
		"goes out as Basic credentials": `console.log(btoa("app:${CANARY}3"))`,
		"goes out as a dump": `console.log(Buffer.from("${CANARY}4"))`,
		[`is in a title: ${CANARY}5`]: "",
	});
	expect(output).toContain("5 passed");
	expect(code).toBe(1);
	const [, found = ""] = output.split("A canary got out");
	expect(found).toMatch(/stdout, line \d+, as it is/);
	expect(found).toMatch(/stdout, line \d+, in Base64/);
	expect(found).toMatch(/stdout, line \d+, in a dump of bytes/);
	expect(found).toMatch(/std\w+, line \d+, as it is: <canary>$/m);
	expect(found).toContain("a title or an error in");
});

test("S15 D10 finds a canary in what a run leaves behind: snapshots, coverage, reports, tables of matrix and bench", async () => {
	const left = {
		"packages/a/src/__snapshots__/a.test.ts.snap": "exports[`a 1`]",
		"coverage/coverage-final.json": "{}",
		"reports/junit.xml": "<testsuites>",
		"docs/runtimes.md": "|",
		"apps/bench/results.json": "{}",
	};
	for (const [path, text] of Object.entries(left)) {
		await mkdir(join(dir, path, ".."), { recursive: true });
		await writeFile(join(dir, path), `${text} ${CANARY}6`);
	}
	const { code, output } = await run({ "shows nothing": "" }, [
		"--reporter=default",
		"--outputFile.junit=reports/junit.xml",
	]);
	for (const path of Object.keys(left))
		await rm(join(dir, path.split("/")[0] ?? ""), {
			recursive: true,
			force: true,
		});
	expect(output).toContain("1 passed");
	expect(code).toBe(1);
	const [, found = ""] = output.split("A canary got out");
	for (const path of Object.keys(left))
		expect(found).toContain(`${path}, line 1, as it is`);
});

test("lets a run pass that shows none", async () => {
	const { code, output } = await run({
		"shows a fingerprint": `console.log("#a1b2 of ${CANARY.slice(1)}")`,
	});
	expect(output).toContain("1 passed");
	expect(code).toBe(0);
});

async function run(
	tests: Readonly<Record<string, string>>,
	flags: readonly string[] = [],
): Promise<{ code: number; output: string }> {
	const file = join(dir, `${crypto.randomUUID()}.test.js`);
	await writeFile(
		file,
		Object.entries(tests)
			.map(([title, body]) => `test("${title}", () => { ${body} });`)
			.join("\n"),
	);
	return await new Promise((resolve) => {
		execFile(
			process.execPath,
			[vitest, "run", "--root", dir, file, ...flags],
			{ env: { ...process.env, NO_COLOR: "1" } },
			(error, stdout, stderr) =>
				resolve({
					code: typeof error?.code === "number" ? error.code : 0,
					output: blot(stdout + stderr),
				}),
		);
	});
}

/** Or the message of a failure here would be the next leak. */
function blot(text: string): string {
	return text.replaceAll(CANARY, "<canary>");
}
