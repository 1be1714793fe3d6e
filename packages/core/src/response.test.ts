import { describe, expect, it } from "vitest";
import {
	judgeBearer,
	lifetimeUntilMs,
	messageOf,
	parseJson,
	parseRetryAfterMs,
} from "./response.ts";

const nowMs = Date.UTC(2026, 6, 1, 12, 0, 0);
const http = (ms: number): string => new Date(ms).toUTCString();
const dated = (headers: Record<string, string>) => ({ headers, nowMs });

describe("parseJson", () => {
	it("reads every JSON value", () => {
		expect(parseJson('{"a":[1,"x",null,true,{"b":{}}]}')).toEqual({
			a: [1, "x", null, true, { b: {} }],
		});
		expect(parseJson("null")).toBe(null);
		expect(parseJson("5")).toBe(5);
	});

	it.each([
		"",
		"{",
		'{"access_token":"abc',
		"<html></html>",
		"undefined",
		"NaN",
		"{'a':1}",
		'{"a":1,}',
		"\ufeff{}",
		'{"a":"\u0000"}',
		"[".repeat(100_000),
	])("B99 answers undefined for what is not JSON: %j", (text) => {
		expect(parseJson(text)).toBe(undefined);
	});

	it.each([
		["arrays", "[".repeat(100_000) + "]".repeat(100_000)],
		["objects", `${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}`],
	])("B99 survives 100,000 levels of %s", (_, text) => {
		expect(() => parseJson(text)).not.toThrow();
	});

	it("B99 neither pollutes nor inherits", () => {
		const body = parseJson(
			'{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}},"a":{"__proto__":1}}',
		) as Record<string, Record<string, unknown>>;
		expect(({} as { polluted?: true }).polluted).toBe(undefined);
		expect(Object.getPrototypeOf(body)).toBe(null);
		expect(Object.keys(body)).toEqual(["constructor", "a"]);
		expect(Object.keys(body.a ?? {})).toEqual([]);
		expect("toString" in (body.a ?? {})).toBe(false);
	});

	it("takes the last of two equal keys, as every parser here does", () => {
		expect(parseJson('{"a":1,"a":2}')).toEqual({ a: 2 });
	});
});

describe("parseRetryAfterMs", () => {
	it.each([
		["120", 120_000],
		["0", 0],
		["1000000000", 3_600_000],
		["9".repeat(400), 3_600_000],
		["-5", null],
		["1.5", null],
		["5 minutes", null],
		["0x10", null],
		["", null],
		["2026-07-01T12:02:00", null],
		[http(nowMs + 90_000), 90_000],
		[http(nowMs - 90_000), null],
		[http(nowMs + 10 * 86_400_000), 3_600_000],
		["Wed, 99 Foo 2026 12:00:00 GMT", null],
	])("B16 reads %j as %j", (text, expected) => {
		expect(parseRetryAfterMs(dated({ "retry-after": text }))).toBe(expected);
	});

	it("says null when there is no such header", () => {
		expect(parseRetryAfterMs(dated({}))).toBe(null);
	});

	it("B16 reads a date against the server's clock", () => {
		const serverMs = nowMs - 3_600_000;
		expect(
			parseRetryAfterMs(
				dated({ "retry-after": http(serverMs + 30_000), date: http(serverMs) }),
			),
		).toBe(30_000);
	});
});

describe("lifetimeUntilMs", () => {
	it("B33 counts on the server's clock when the answer shows it", () => {
		const serverMs = nowMs + 7 * 86_400_000;
		expect(
			lifetimeUntilMs(serverMs + 900_000, dated({ date: http(serverMs) })),
		).toBe(900_000);
	});

	it.each([
		["unreadable across origins", {}],
		["out of a cache", { date: http(nowMs - 600_000), age: "600" }],
		["from 1970", { date: http(0) }],
		["beyond this century", { date: http(5e12) }],
		["garbage", { date: "yesterday" }],
		["without a zone", { date: "Wed, 01 Jul 2026 12:00:00" }],
		["after the expiry", { date: http(nowMs + 86_400_000) }],
	])("B38 counts on our clock when Date is %s", (_, headers) => {
		expect(lifetimeUntilMs(nowMs + 900_000, dated(headers))).toBe(900_000);
	});

	it("counts on our clock within the second that Date rounds away", () => {
		const facts = { headers: { date: http(nowMs) }, nowMs: nowMs + 999 };
		expect(lifetimeUntilMs(nowMs + 900_000, facts)).toBe(899_001);
		expect(
			lifetimeUntilMs(nowMs + 900_000, { ...facts, nowMs: nowMs + 1_000 }),
		).toBe(900_000);
	});

	it("believes a Date that passed a cache unused", () => {
		expect(
			lifetimeUntilMs(
				nowMs + 900_000,
				dated({ date: http(nowMs + 300_000), age: "0" }),
			),
		).toBe(600_000);
	});

	it.each([
		["in the past", nowMs - 1],
		["too near", nowMs + 4_999],
		["in milliseconds taken for seconds", nowMs * 1_000],
		["zero", 0],
		["NaN", Number.NaN],
		["infinite", Infinity],
		["negative", -1],
		["beyond all numbers", 1e300],
	])("B20 B100 knows no lifetime when the expiry is %s", (_, expiresAtMs) => {
		expect(lifetimeUntilMs(expiresAtMs, dated({}))).toBe(null);
		expect(lifetimeUntilMs(expiresAtMs, dated({ date: http(nowMs) }))).toBe(
			null,
		);
	});

	it.each([5_000, 315_576e6])("knows a lifetime of %d ms", (lifetimeMs) => {
		expect(lifetimeUntilMs(nowMs + lifetimeMs, dated({}))).toBe(lifetimeMs);
	});
});

describe("messageOf", () => {
	it.each([
		[
			{ error: "invalid_grant", error_description: "Token is spent" },
			"Token is spent",
		],
		[{ error: "invalid_grant" }, "invalid_grant"],
		[{ error_code: 9, error_message: "Forbidden" }, "Forbidden"],
		[{ message: "m", title: "t" }, "m"],
		[{ Message: "M" }, "M"],
		[
			{ title: "One or more errors", errors: { Login: ["Login is empty"] } },
			"Login is empty",
		],
		[{ title: "t", errors: ["first", "second"] }, "first"],
		[{ title: "t", errors: null }, "t"],
		[{ title: "t", errors: "text" }, "t"],
		[{ title: "t", errors: [[], {}, 5] }, "t"],
		[{ message: "", title: "t" }, "t"],
		[{ message: { text: "x" } }, null],
		[{}, null],
	])("finds the words in %j", (body, expected) => {
		expect(messageOf(body)).toBe(expected);
	});
});

describe("judgeBearer", () => {
	const judge = (status: number, challenge: string | null) =>
		judgeBearer({
			status,
			header: (name) => (name === "www-authenticate" ? challenge : null),
		});

	it.each([
		null,
		"Bearer",
		"bearer",
		'Bearer realm="api"',
		'Bearer error="invalid_token"',
		"Bearer error=invalid_token",
		'Bearer realm="a, b", error="invalid_token", error_description="The access token expired"',
		'Basic realm="api", Bearer realm="api", error="invalid_token"',
		'Bearer error = "invalid_token"',
		'DPoP error="use_dpop_nonce", Bearer',
	])("takes a 401 with %j for the token's", (challenge) => {
		expect(judge(401, challenge)).toBe(true);
	});

	it.each([
		'Bearer error="insufficient_scope", scope="write"',
		'Bearer realm="x", error="invalid_request"',
		"DPoP",
		'DPoP error="invalid_token", algs="ES256"',
		'Basic realm="Bearer"',
		'Basic realm="x, Bearer error=invalid_token"',
		'Bearer error="insufficient_scope", error_description="not because error=invalid_token"',
		'Digest realm="a", nonce="b"',
		'"',
		",,,",
	])("B25 B30 leaves a 401 with %j alone", (challenge) => {
		expect(judge(401, challenge)).toBe(false);
	});

	it.each([200, 400, 403, 404, 500])("B24 leaves a %d alone", (status) => {
		expect(judge(status, 'Bearer error="invalid_token"')).toBe(false);
		expect(judge(status, null)).toBe(false);
	});

	it("reads a hostile header in linear time", () => {
		const header = `Bearer ${'a="\\"'.repeat(20_000)} ${",error ".repeat(20_000)}`;
		// what it took of the processor: how long that took is the other programs' doing too
		const started = process.threadCpuUsage();
		judge(401, header);
		const { user } = process.threadCpuUsage(started);
		expect(user / 1_000).toBeLessThan(1_000);
	});
});
