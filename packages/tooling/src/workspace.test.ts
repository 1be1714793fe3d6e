import { expect, test } from "vitest";
import { ourNames } from "./workspace.ts";

test("finds the names of our packages, those with a hyphen whole, and no subpath", () => {
	const text = `npm install @keyturn/core @keyturn/xhr-client
		import "@keyturn/testing/node"; import "keyturn/none";`;
	expect(ourNames(text)).toEqual([
		"@keyturn/core",
		"@keyturn/xhr-client",
		"@keyturn/testing",
	]);
});
