import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import { unverifiedJwtLifetimeMs } from "../src/kazunion.ts";
import { jwtOf } from "./answer-of.ts";

const part = (text: string) => Buffer.from(text).toString("base64url");

describe("unverifiedJwtLifetimeMs", () => {
	afterEach(() => {
		vi.unstubAllGlobals();
	});

	it.each([
		[{ iat: 100, exp: 160 }, 60_000],
		[{ iat: 1_800_000_000.25, exp: 1_800_000_060.25, sub: "ünï ☃ 𝄞" }, 60_000],
		[{ iat: 0, exp: 2_592_000 }, 2_592_000_000],
	])("counts from iat to exp in %j", (claims, expected) => {
		expect(unverifiedJwtLifetimeMs(jwtOf(claims))).toBe(expected);
	});

	it("reads the alphabet of base64url, with padding and without", () => {
		const payload = part('{"iat":1,"exp":61,"x":"?>?>?>~~~"}');
		expect(payload).toMatch(/[-_]/);
		expect(unverifiedJwtLifetimeMs(`a.${payload}.b`)).toBe(60_000);
		const padded = Buffer.from('{"iat":1,"exp":61}').toString("base64");
		expect(padded).toMatch(/=$|[^=]$/);
		expect(unverifiedJwtLifetimeMs(`a.${padded}.b`)).toBe(60_000);
	});

	it.each([
		["nothing", ""],
		["one part", "opaque"],
		["two parts", `a.${part('{"iat":1,"exp":61}')}`],
		[
			"five parts, as encrypted ones have",
			`a.${part('{"iat":1,"exp":61}')}.b.c.d`,
		],
		["no base64", "a.!!!.b"],
		["no JSON", `a.${part("iat=1")}.b`],
		["null", `a.${part("null")}.b`],
		["an array", `a.${part("[1,61]")}.b`],
		["a number", `a.${part("61")}.b`],
		[
			"a nested token",
			`a.${part(JSON.stringify(jwtOf({ iat: 1, exp: 61 })))}.b`,
		],
		[
			"bytes that are not UTF-8",
			`a.${Buffer.from([0xff, 0xfe, 0x00]).toString("base64url")}.b`,
		],
		["100 kB", `a.${part(`{"x":"${"y".repeat(100_000)}"}`)}.b`],
		["100,000 levels", `a.${part("[".repeat(100_000))}.b`],
		["__proto__", `a.${part('{"__proto__":{"iat":1,"exp":61}}')}.b`],
		["text instead of numbers", jwtOf({ iat: "1", exp: "61" })],
		["no iat", jwtOf({ exp: 61 })],
		[
			"an exp in milliseconds",
			jwtOf({ iat: 1_800_000_000, exp: 1_800_000_060_000 }),
		],
		["an exp before iat", jwtOf({ iat: 61, exp: 1 })],
	])("B101 answers null for %s", (_, token) => {
		expect(unverifiedJwtLifetimeMs(token)).toBe(null);
	});

	it("answers null where there is no atob", () => {
		vi.stubGlobal("atob", undefined);
		expect(unverifiedJwtLifetimeMs(jwtOf({ iat: 1, exp: 61 }))).toBe(null);
	});

	it("is total", () => {
		fc.assert(
			fc.property(
				fc.oneof(
					fc.string({ unit: "binary" }),
					fc.json().map((json) => `a.${part(json)}.b`),
					fc
						.record({ iat: fc.anything(), exp: fc.anything() })
						.map((claims) => {
							try {
								return jwtOf(claims);
							} catch {
								return "";
							}
						}),
				),
				(token) => {
					const lifetimeMs = unverifiedJwtLifetimeMs(token);
					return (
						lifetimeMs === null ||
						(lifetimeMs >= 5_000 && lifetimeMs <= 315_576e6)
					);
				},
			),
			{ numRuns: 200 },
		);
	});
});
