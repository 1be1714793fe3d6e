import { describe, expect, it } from "vitest";
import { kazunion } from "../src/kazunion.ts";
import { answerOf, context, jwtOf, tokens } from "./answer-of.ts";

const baseUrl = "https://kazunion.example.com";
const protocol = kazunion({ baseUrl, timezoneOffsetMinutes: 240 });
const signIn = (...from: Parameters<typeof answerOf>) =>
	protocol.signIn.judge(answerOf(...from), context);
const refresh = (...from: Parameters<typeof answerOf>) =>
	protocol.refresh?.judge(answerOf(...from), context);

const documented = {
	accessToken: "kt-canary-access-1",
	refreshToken: "kt-canary-refresh-1",
	passwordExpired: false,
};
const thirtyDaysMs = 30 * 86_400_000;

describe("Kazunion sign-in", () => {
	it("asks as documented", () => {
		const given = { login: "ann", password: "p", extra: 1 };
		expect(protocol.signIn.request(given)).toEqual({
			method: "POST",
			url: "https://kazunion.example.com/api/Auth/Auth",
			headers: [
				["accept", "application/json"],
				["content-type", "application/json"],
			],
			body: '{"login":"ann","password":"p"}',
		});
	});

	it("signs in for the documented 30 days", () => {
		expect(signIn(200, documented)).toEqual({
			type: "ok",
			access: "kt-canary-access-1",
			refresh: "kt-canary-refresh-1",
			lifetimeMs: thirtyDaysMs,
			isPasswordExpired: false,
		});
	});

	it("signs in with an expired password, and says so", () => {
		expect(signIn(200, { ...documented, passwordExpired: true })).toMatchObject(
			{
				type: "ok",
				isPasswordExpired: true,
			},
		);
	});

	it("believes the lifetime that the token claims", () => {
		const accessToken = jwtOf({ iat: 1_800_000_000, exp: 1_800_003_600 });
		expect(signIn(200, { ...documented, accessToken })).toMatchObject({
			type: "ok",
			lifetimeMs: 3_600_000,
		});
	});

	it.each([
		{ exp: 1_800_000_000 },
		{ iat: 1_800_000_000 },
		{ iat: 1_800_000_000, exp: 1_800_000_000 },
		{ iat: 1_800_003_600, exp: 1_800_000_000 },
		{ iat: 1_800_000_000, exp: 1_800_003_600_000 },
		{ iat: "1800000000", exp: "1800003600" },
	])("B100 B101 falls back to 30 days when it claims %j", (claims) => {
		expect(
			signIn(200, { ...documented, accessToken: jwtOf(claims) }),
		).toMatchObject({ type: "ok", lifetimeMs: thirtyDaysMs });
	});

	it("signs in without a refresh token", () => {
		expect(signIn(200, { ...documented, refreshToken: null })).toMatchObject({
			type: "ok",
			refresh: null,
		});
	});

	it.each([undefined, null])(
		"takes new tokens also where passwordExpired is %j: they may be the only ones left",
		(passwordExpired) => {
			for (const call of [signIn, refresh])
				expect(call(200, { ...documented, passwordExpired })).toMatchObject({
					type: "ok",
					isPasswordExpired: false,
				});
		},
	);

	it.each([
		{ accessToken: null, refreshToken: null, passwordExpired: true },
		{ passwordExpired: true },
	])("B26 asks for a new password at %j", (body) => {
		expect(signIn(200, body)).toMatchObject({ type: "password-expired" });
		expect(refresh(200, body)).toMatchObject({ type: "password-expired" });
	});

	it.each([
		{ accessToken: null, refreshToken: null, passwordExpired: false },
		{ passwordExpired: false },
	])("B26 is refused at %j", (body) => {
		expect(signIn(200, body)).toMatchObject({ type: "rejected" });
		expect(refresh(200, body)).toMatchObject({ type: "rejected" });
	});

	it.each([
		[{}, "passwordExpired"],
		[{ accessToken: null, refreshToken: null }, "passwordExpired"],
		[{ ...documented, passwordExpired: "false" }, "passwordExpired"],
		[{ ...documented, accessToken: 5 }, "accessToken"],
		[{ ...documented, refreshToken: {} }, "refreshToken"],
		[{ ...documented, accessToken: null }, null],
		["<html>", "passwordExpired"],
	])(
		"takes answer %# for a bad response, and says which field",
		(body, detail) => {
			expect(signIn(200, body)).toEqual({
				type: "retryable",
				code: "bad-response",
				detail,
				afterMs: null,
			});
		},
	);

	it.each([
		[{ message: "Wrong password" }, "Wrong password"],
		[{ Message: "Wrong password" }, "Wrong password"],
		[{ title: "Unauthorized", status: 401 }, "Unauthorized"],
		[
			{ title: "Validation", errors: { Login: ["Login is required"] } },
			"Login is required",
		],
		["", null],
	])("is refused in the API's own words by %j", (body, detail) => {
		for (const status of [400, 401, 403])
			expect(signIn(status, body)).toMatchObject({ type: "rejected", detail });
	});

	it.each([undefined, null, {}, { login: "a" }, { login: 1, password: "p" }])(
		"refuses the credentials %j",
		(given) => {
			expect(() => protocol.signIn.request(given as never)).toThrow(
				expect.objectContaining({ code: "invalid-option" }),
			);
		},
	);
});

describe("Kazunion refresh", () => {
	it("asks as documented, and without the access token", () => {
		expect(protocol.refresh?.request(tokens)).toEqual({
			method: "POST",
			url: "https://kazunion.example.com/api/Auth/RefreshToken",
			headers: [
				["accept", "application/json"],
				["content-type", "application/json"],
			],
			body: '{"refreshToken":"kt-canary-refresh-0"}',
		});
	});

	it.each([400, 401, 403])("B13 ends the session at a %d", (status) => {
		expect(refresh(status, "")).toMatchObject({ type: "rejected" });
	});

	it.each([408, 425, 429, 500, 502, 503, 504])(
		"B16 B17 keeps the session at a %d",
		(status) => {
			expect(refresh(status, "", { "retry-after": "9" })).toMatchObject({
				type: "retryable",
				code: "unavailable",
				afterMs: 9_000,
			});
		},
	);

	it.each([302, 402, 404, 405, 409, 410, 422])(
		"B15 keeps the session at a %d, which nobody documented",
		(status) => {
			expect(refresh(status, "")).toMatchObject({
				type: "retryable",
				code: "bad-response",
			});
		},
	);

	it("B5 doubts the refresh token after half an answer", () => {
		expect(refresh(200, '{"accessToken":"kt-ca')?.type).toBe("in-doubt");
	});
});

describe("Kazunion requests", () => {
	it("carry the token and the caller's time zone", () => {
		expect(protocol.authorize(tokens)).toEqual([
			["Authorization", "Bearer kt-canary-access-0"],
			["X-nugios-timezone", "240"],
		]);
	});

	it("ask a function for the time zone every time", () => {
		let minutes = 240;
		const { authorize } = kazunion({
			baseUrl,
			timezoneOffsetMinutes: () => minutes,
		});
		expect(authorize(tokens)[1]?.[1]).toBe("240");
		minutes = -300;
		expect(authorize(tokens)[1]?.[1]).toBe("-300");
	});

	it("lose their token to a 401 with or without a challenge, and to nothing else", () => {
		const judge = (status: number, challenge: string | null) =>
			protocol.judge({ status, header: () => challenge });
		expect(judge(401, null)).toBe(true);
		expect(judge(401, 'Bearer error="invalid_token"')).toBe(true);
		expect(judge(401, 'Bearer error="insufficient_scope"')).toBe(false);
		expect(judge(403, null)).toBe(false);
	});
});

describe("kazunion", () => {
	const thrown = expect.objectContaining({
		code: "invalid-option",
		detail: "timezoneOffsetMinutes",
	});

	it.each([undefined, null, "240", Number.NaN, 240.5, 841, -841, Infinity])(
		"refuses the time zone %j by name",
		(wrong) => {
			const timezoneOffsetMinutes = wrong as number;
			expect(() => kazunion({ baseUrl, timezoneOffsetMinutes })).toThrow(
				thrown,
			);
			const late = kazunion({
				baseUrl,
				timezoneOffsetMinutes: () => timezoneOffsetMinutes,
			});
			expect(() => late.authorize(tokens)).toThrow(thrown);
		},
	);

	it.each([-840, 0, 840])("takes the time zone %d", (timezoneOffsetMinutes) => {
		expect(
			kazunion({ baseUrl, timezoneOffsetMinutes }).authorize(tokens)[1],
		).toEqual(["X-nugios-timezone", `${timezoneOffsetMinutes}`]);
	});
});
