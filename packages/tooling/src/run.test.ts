import { expect, test } from "vitest";
import { run, runWell } from "./run.ts";

const here = { cwd: import.meta.dirname };
const sh = (script: string, timeoutMs: number) =>
	run("sh", ["-c", script], { ...here, timeoutMs });

test.each([
	["ends well when it is told to", "trap 'exit 0' TERM; sleep 30 & wait"],
	["lets itself be ended", "sleep 30 & wait"],
	["does not listen", "trap '' TERM; sleep 30 & wait"],
])(
	"a program whose time is over has failed, and it says so: one that %s",
	async (_, script) => {
		const { code, stderr } = await sh(`echo before >&2; ${script}`, 500);
		expect(code).not.toBe(0);
		expect(stderr).toMatch(/^(before\n)?\nnot done after 0\.5 s\n$/);
	},
);

test("the error of one that had to end well says that its time was over", async () => {
	await expect(
		runWell("sh", ["-c", "trap 'exit 0' TERM; sleep 30 & wait"], {
			...here,
			timeoutMs: 500,
		}),
	).rejects.toThrow(/ended with 1\n\nnot done after 0\.5 s\n/);
});

test("one that ends in time gives what it gives", async () => {
	expect(await sh("echo a; echo b >&2; exit 3", 60_000)).toEqual({
		code: 3,
		stdout: "a\n",
		stderr: "b\n",
	});
	expect((await sh("echo a", 60_000)).code).toBe(0);
});
