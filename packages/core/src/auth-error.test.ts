import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { AuthError, isAuthError } from "./index.ts";

test("says its code, and what the API said", () => {
	const error = new AuthError("rejected", { detail: "wrong password" });
	expect(error).toBeInstanceOf(Error);
	expect(error).toMatchObject({
		name: "AuthError",
		code: "rejected",
		message: "rejected: wrong password",
		detail: "wrong password",
		retryAfterMs: null,
	});
	expect("cause" in error).toBe(false);
});

test("keeps the cause and the wait", () => {
	const cause = new TypeError("fetch failed");
	const error = new AuthError("unavailable", { cause, retryAfterMs: 5 });
	expect(error.cause).toBe(cause);
	expect(error.retryAfterMs).toBe(5);
});

test("is recognised without instanceof, and nothing else is", () => {
	const foreign = runInNewContext(
		"({ [Symbol.for('keyturn.AuthError')]: true })",
	);
	expect(isAuthError(new AuthError("closed"))).toBe(true);
	expect(isAuthError(foreign)).toBe(true);
	for (const other of [new Error("closed"), { code: "closed" }, null, "x", 1])
		expect(isAuthError(other)).toBe(false);
});
