import { expect, test } from "vitest";
import { installAlone, ourErrors } from "./alone.ts";

test("a package without a rule is refused by that name, not taken for one of browsers", async () => {
	const packed = {
		tarball: "",
		dir: "",
		manifest: { name: "@keyturn/new", version: "0.1.0" },
		files: [],
	};
	await expect(installAlone(packed, [], import.meta.filename)).rejects.toThrow(
		"packages/tooling/src/boundaries.ts has no rule for @keyturn/new",
	);
});

test("of a compiler's errors ours count; one that ended without any says why", () => {
	const stdout =
		"use.ts(1,1): error TS1: a\nnode_modules/ky/a.d.ts(1,1): error TS2: b\n";
	expect(ourErrors({ code: 2, stdout, stderr: "" })).toEqual([
		"use.ts(1,1): error TS1: a",
	]);
	expect(ourErrors({ code: 0, stdout: "", stderr: "" })).toEqual([]);
	expect(
		ourErrors({ code: 1, stdout: "", stderr: "not done after 240 s" }),
	).toEqual(["not done after 240 s"]);
});
