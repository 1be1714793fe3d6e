import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
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

test.each([
	["console.log", `console.log({ token: "${CANARY}1" })`],
	["stderr, as bytes", `process.stderr.write("${CANARY}2")`],
	[
		"Base64, as in Basic credentials",
		`console.log(btoa("app:${CANARY}secret"))`,
	],
	["a dump of bytes", `console.log(Buffer.from("${CANARY}3"))`],
])("S15 D10 fails a green run that shows a token: %s", async (_, leak) => {
	const { code, output } = await run(leak);
	expect(output).toContain("1 passed");
	expect(output).toContain("A canary got out");
	expect(code).toBe(1);
});

test("S15 D10 fails a green run whose test has a token in its title", async () => {
	const { code, output } = await run("", `takes ${CANARY}4`);
	expect(output).toContain("1 passed");
	expect(output).toContain("a title or an error in");
	expect(code).toBe(1);
});

test("lets a run pass that shows none", async () => {
	const { code, output } = await run(
		`console.log("#a1b2 of ${CANARY.slice(1)}")`,
	);
	expect(output).toContain("1 passed");
	expect(code).toBe(0);
});

async function run(
	body: string,
	title = "is green",
): Promise<{ code: number; output: string }> {
	const file = join(dir, `${crypto.randomUUID()}.test.js`);
	await writeFile(file, `test("${title}", () => { ${body} });`);
	return await new Promise((resolve) => {
		execFile(
			process.execPath,
			[vitest, "run", "--root", dir, file],
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
