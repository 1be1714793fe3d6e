import { inspect } from "node:util";
import { expect, test } from "vitest";
import { CANARY } from "./canary.ts";
import { findCanaries } from "./canary-search.ts";

const token = `${CANARY}a1B2`;

test.each([
	["plain", `x\n  token: ${token}`, "line 2, as it is:   token: <canary>"],
	["Base64", btoa(token), "line 1, in Base64: <canary>"],
	["Base64, one byte in", btoa(`:${token}`), "line 1, in Base64"],
	["Base64, two bytes in", btoa(`a:${token}`), "line 1, in Base64"],
	["hex", Buffer.from(token).toString("hex"), "line 1, in hex"],
	["bytes", inspect(Buffer.from(token)), "line 1, in a dump of bytes"],
])("finds a canary: %s", (_, text, where) => {
	const found = findCanaries(text);
	expect(found).toHaveLength(1);
	expect(found[0]).toContain(where);
});

test("what it reports holds no canary itself", () => {
	expect(findCanaries(findCanaries(`${token} ${token}`).join("\n"))).toEqual(
		[],
	);
});

test("finds none in a fingerprint or in ordinary text", () => {
	expect(findCanaries("Secret(#9f2c) kt canary")).toEqual([]);
});
