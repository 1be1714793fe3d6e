/** One life over a real port, in Node.js processes that allow less than usual, or have been tampered with. */
import { type MockApi, startMockApi } from "@keyturn/testing/node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { run } from "../../../../packages/tooling/src/run.ts";
import { bundle, file } from "./bundle.ts";

const apis = {
	"/oz": "oz",
	"/kazunion": "kazunion",
	"/oauth2": "oauth2",
} as const;
let api: MockApi<typeof apis>;
let entry: Awaited<ReturnType<typeof file>>;

beforeAll(async () => {
	const [code, started] = await Promise.all([
		bundle(`import "./realm-entry.ts";`, { format: "esm", platform: "node" }),
		startMockApi({ api: apis }),
	]);
	entry = await file("realm.mjs", code);
	api = started;
});
afterAll(async () => {
	await api?.close();
	await entry?.[Symbol.asyncDispose]();
});

const everyLife = ["oz", "kazunion", "oauth2"].flatMap((name) => [
	`${name} through fetch`,
	`${name} through ky`,
]);

interface Said {
	readonly code: number;
	readonly stderr: string;
	readonly said: unknown;
}

async function realm(way: string, ...flags: string[]): Promise<Said> {
	const { code, stdout, stderr } = await run(
		process.execPath,
		[
			"--disable-warning=ExperimentalWarning",
			...flags,
			entry.path,
			way,
			api.url,
		],
		{ cwd: entry.dir },
	);
	return { code, stderr, said: code === 0 ? JSON.parse(stdout) : stdout };
}

const fine = (said: unknown): Said => ({ code: 0, stderr: "", said });
const failed = (stderr: RegExp) => ({
	code: 1,
	stderr: expect.stringMatching(stderr),
});

describe.each([
	{
		title: "D16 without code generation from strings",
		flag: "--disallow-code-generation-from-strings",
		forbidden: "makes code from text",
		complaint: /EvalError/,
	},
	{
		title: "D9 with frozen intrinsics",
		flag: "--frozen-intrinsics",
		forbidden: "changes an intrinsic",
		complaint: /TypeError/,
	},
])("$title", ({ flag, forbidden, complaint }) => {
	test("a session lives its whole life, through every protocol and adapter", async () => {
		expect(await realm("plain", flag)).toEqual(fine(everyLife));
	});

	test("React shows it", async () => {
		expect(await realm("react", flag)).toEqual(fine("<b>authenticated</b>"));
	});

	test("the flag does forbid", async () => {
		expect(await realm(forbidden, flag)).toMatchObject(failed(complaint));
		expect(await realm(forbidden)).toMatchObject({ code: 0 });
	});
});

test.each(["polluted before", "polluted afterwards"])(
	"D9 a polluted Object.prototype (%s) changes nothing in a session's life, in Node.js itself",
	async (way) => {
		expect(await realm(way)).toEqual(
			fine(everyLife.filter((life) => life.endsWith("fetch"))),
		);
	},
);

test("no global is patched or added, by loading or by use", async () => {
	expect(await realm("globals")).toEqual(
		fine({ lived: everyLife.length, changed: [] }),
	);
});

test("a patched global would be seen: no global escapes the comparison", async () => {
	expect(await realm("globals, patched")).toEqual(
		fine(expect.arrayContaining(["keyturn", "Response.prototype.json"])),
	);
});

describe("with the garbage collector in hand", () => {
	test("every session is collectable after close", async () => {
		expect(await realm("collectable after close", "--expose-gc")).toEqual(
			fine([everyLife.length, everyLife.length]),
		);
	});

	test("a session that is idle and not eager is collectable after close or without: nothing but its owner holds it", async () => {
		expect(await realm("collectable when idle", "--expose-gc")).toEqual(
			fine([1, 1]),
		);
	});

	test("one that somebody holds is not collectable", async () => {
		expect(await realm("not collectable when held", "--expose-gc")).toEqual(
			fine([1, 0, "authenticated"]),
		);
	});
});
