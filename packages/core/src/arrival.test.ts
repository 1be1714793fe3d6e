import fc from "fast-check";
import { expect, test } from "vitest";
import { isToken, windows } from "./arrival.ts";
import { isSessionRecord, plausibleLifetimeMs, redactDetail } from "./index.ts";

const policy = {
	shouldMarginMs: undefined,
	mustMarginMs: undefined,
	maxSessionMs: Infinity,
};

test("B32 both windows open in the second half of every lifetime, must after should", () => {
	fc.assert(
		fc.property(
			fc.double({ min: 5_000, max: 315_576e6, noNaN: true }),
			fc.double({ min: 0, max: 1, noNaN: true }),
			fc.option(fc.double({ min: 0, noNaN: true }), { nil: undefined }),
			fc.option(fc.double({ min: 0, noNaN: true }), { nil: undefined }),
			(lifetimeMs, jitter, shouldMarginMs, mustMarginMs) => {
				const { shouldRefreshAtMs, mustRefreshAtMs } = windows(
					0,
					lifetimeMs,
					{ ...policy, shouldMarginMs, mustMarginMs },
					jitter,
				);
				expect(shouldRefreshAtMs).toBeGreaterThanOrEqual(lifetimeMs / 2);
				expect(mustRefreshAtMs).toBeGreaterThanOrEqual(shouldRefreshAtMs);
				expect(mustRefreshAtMs).toBeLessThanOrEqual(lifetimeMs);
			},
		),
	);
});

test("the windows of Oz and Kazunion are where the docs say", () => {
	expect(windows(0, 900_000, policy, 0)).toEqual({
		shouldRefreshAtMs: 720_000,
		mustRefreshAtMs: 890_000,
	});
	expect(windows(0, 30 * 86_400_000, policy, 0)).toEqual({
		shouldRefreshAtMs: 30 * 86_400_000 - 300_000,
		mustRefreshAtMs: 30 * 86_400_000 - 10_000,
	});
});

test("B20 B100 a lifetime that cannot be true is unknown", () => {
	for (const lie of [
		0,
		-1,
		Number.NaN,
		Infinity,
		"3600",
		null,
		undefined,
		4_999,
		1e15,
		{},
	])
		expect(plausibleLifetimeMs(lie)).toBe(null);
	expect(plausibleLifetimeMs(5_000)).toBe(5_000);
	expect(windows(7, null, policy, 0)).toEqual({
		shouldRefreshAtMs: Infinity,
		mustRefreshAtMs: Infinity,
	});
});

test("B97 B102 D8 a token that breaks a header is none", () => {
	for (const bad of [
		"",
		" a",
		"a ",
		"a\r\nb",
		"a\u0000",
		"a\u2028",
		"é",
		"x".repeat(8_193),
		null,
		7,
	])
		expect(isToken(bad)).toBe(false);
	expect(isToken("x".repeat(8_192))).toBe(true);
	expect(isToken("eyJhbGciOi.J9._-~+/=")).toBe(true);
});

test("what an API said is cut to one short line without anything like a token", () => {
	expect(redactDetail("wrong password")).toBe("wrong password");
	expect(redactDetail("user ann@example.com\r\nnot found")).toBe(
		"user ann@example.com not found",
	);
	expect(redactDetail(`bad token ${"ab12".repeat(10)}!`)).toBe(
		"bad token [redacted]!",
	);
	expect(redactDetail("a b ".repeat(200))).toHaveLength(200);
	for (const nothing of ["", null, undefined, 5, {}])
		expect(redactDetail(nothing)).toBe(null);
});

test("B68 B72 B104 only a whole record of this schema and protocol is ours", () => {
	const record = {
		schema: 1,
		protocol: "p",
		epoch: 1,
		generation: 1,
		access: "a",
		refresh: null,
		receivedAtMs: 1,
		signedInAtMs: 1,
		lifetimeMs: null,
		isPasswordExpired: false,
		user: null,
	};
	expect(isSessionRecord(record, "p")).toBe(true);
	expect(isSessionRecord({ ...record, access: null }, "p")).toBe(true);
	for (const change of [
		{ schema: 2 },
		{ protocol: "q" },
		{ epoch: -1 },
		{ epoch: 1.5 },
		{ generation: "1" },
		{ access: "a\nb" },
		{ access: undefined },
		{ refresh: 5 },
		{ receivedAtMs: Number.NaN },
		{ signedInAtMs: null },
		{ isPasswordExpired: 1 },
	])
		expect(isSessionRecord({ ...record, ...change }, "p")).toBe(false);
	for (const other of [null, undefined, [], "x", 5, {}])
		expect(isSessionRecord(other, "p")).toBe(false);
});
