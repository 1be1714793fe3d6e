import { expect, test } from "vitest";
import { installAlone } from "./alone.ts";

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
