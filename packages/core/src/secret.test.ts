import { inspect } from "node:util";
import { expect, test } from "vitest";
import { Secret } from "./index.ts";

const text = "kt-canary-very-secret-text";
const secret = new Secret(text);

test("B107 shows a fingerprint wherever it is printed", () => {
	const nested = new Error("x", { cause: new Map([["token", secret]]) });
	for (const shown of [
		String(secret),
		`${secret}`,
		JSON.stringify({ secret }),
		inspect(secret),
		inspect({ deep: { er: [secret] } }, { depth: null, showHidden: true }),
		inspect(nested, { depth: null, showHidden: true }),
		inspect(secret, { customInspect: false, showHidden: true }),
		Object.values(secret).join(),
		JSON.stringify(structuredClone({ ...secret })),
	])
		expect(shown).not.toContain(text);
	expect(inspect(nested, { depth: null })).toContain(secret.fingerprint);
});

test("gives the text to reveal() only", () => {
	expect(secret.reveal()).toBe(text);
});

test("is equal to itself, and as plain data to a secret of the same text only", () => {
	expect(secret.equals(new Secret(text))).toBe(true);
	expect(secret.equals(new Secret("other"))).toBe(false);
	expect(new Secret(text)).toEqual(secret);
	expect(new Secret("other")).not.toEqual(secret);
});

test("a fingerprint is eight hex digits, also of the empty text", () => {
	expect(secret.fingerprint).toMatch(/^[0-9a-f]{8}$/);
	expect(new Secret("").fingerprint).toMatch(/^[0-9a-f]{8}$/);
});
