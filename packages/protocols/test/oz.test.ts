import { describe, expect, it } from "vitest";
import { oz } from "../src/oz.ts";
import { answerOf, context, nowMs, tokens } from "./answer-of.ts";

const baseUrl = "https://oz.example.com";
const protocol = oz({ baseUrl });
const signIn = (...from: Parameters<typeof answerOf>) =>
	protocol.signIn.judge(answerOf(...from), context);
const refresh = (...from: Parameters<typeof answerOf>) =>
	protocol.refresh?.judge(answerOf(...from), context);
const failure = (code: unknown, message = "as the API says") => ({
	error_code: code,
	error_message: message,
	details: null,
});

const user = {
	user_id: "u-1",
	user_type: "CLIENT_ADMIN",
	first_name: "Ann",
	last_name: "Lee",
	middle_name: null,
	email: "ann@example.com",
	company_id: "c-1",
	is_active: true,
	can_start_analyse_biometry: true,
	can_start_analyse_collection: false,
	can_start_analyse_documents: true,
	can_start_analyse_quality: true,
	meta_data: { group: "a" },
	technical_meta_data: {},
};
const documented = {
	access_token: "kt-canary-access-1",
	expire_token: "kt-canary-expire-1",
	expire_date: nowMs / 1_000 + 900.9876,
	session_id: 42,
	user_id: "u-1",
	old_access_token: null,
	technical_meta_data: {},
	device_info: { device_family: "unknown", app_version: null },
	user,
};

describe("Oz sign-in", () => {
	it("asks as documented", () => {
		const given = { email: "ann@example.com", password: "p", extra: 1 };
		expect(protocol.signIn.request(given)).toEqual({
			method: "POST",
			url: "https://oz.example.com/api/authorize/auth",
			headers: [
				["accept", "application/json"],
				["content-type", "application/json"],
			],
			body: '{"credentials":{"email":"ann@example.com","password":"p"}}',
		});
	});

	it("reads every field that a session needs", () => {
		expect(signIn(200, documented)).toEqual({
			type: "ok",
			access: "kt-canary-access-1",
			refresh: "kt-canary-expire-1",
			lifetimeMs: 900_987,
			user,
		});
	});

	it("B33 counts expire_date on the server's clock", () => {
		const serverMs = nowMs - 2 * 86_400_000;
		expect(
			signIn(
				200,
				{ ...documented, expire_date: serverMs / 1_000 + 900 },
				{ date: new Date(serverMs).toUTCString() },
			),
		).toMatchObject({ type: "ok", lifetimeMs: 900_000 });
	});

	it("takes five years of a service account as they are", () => {
		const fiveYearsSeconds = 5 * 365 * 86_400;
		expect(
			signIn(200, {
				...documented,
				expire_date: nowMs / 1_000 + fiveYearsSeconds,
			}),
		).toMatchObject({ lifetimeMs: fiveYearsSeconds * 1_000 });
	});

	it.each([
		undefined,
		null,
		0,
		-1,
		"1782907200.5",
		nowMs,
		nowMs / 1_000 - 60,
		1e300,
		{},
		true,
	])(
		"B20 B100 signs in with an unknown lifetime when expire_date is %j",
		(expire_date) => {
			expect(signIn(200, { ...documented, expire_date })).toMatchObject({
				type: "ok",
				lifetimeMs: null,
			});
		},
	);

	it.each(["access_token", "expire_token"])(
		"B18 is a bad response without %s, and says which field",
		(field) => {
			for (const value of [undefined, null, 5, {}, ["kt-canary-x"]])
				expect(signIn(200, { ...documented, [field]: value })).toEqual({
					type: "retryable",
					code: "bad-response",
					detail: field,
					afterMs: null,
				});
		},
	);

	it("keeps the session when the profile is odd", () => {
		expect(
			signIn(200, {
				...documented,
				user: { user_id: 5, email: "ann@example.com", is_active: "yes" },
			}),
		).toMatchObject({
			type: "ok",
			user: {
				user_id: null,
				email: "ann@example.com",
				is_active: null,
				first_name: null,
				can_start_analyse_quality: null,
				meta_data: null,
			},
		});
		for (const odd of [undefined, null, "ann", []]) {
			const answer = signIn(200, { ...documented, user: odd });
			expect(answer.type).toBe("ok");
		}
		expect(signIn(200, { ...documented, user: undefined })).not.toHaveProperty(
			"user",
		);
	});

	it.each([
		[400, 3],
		[400, 4],
		[401, 7],
		[403, 9],
		[404, 10],
	])(
		"is refused by a %d with code %d, in the API's own words",
		(status, code) => {
			expect(signIn(status, failure(code, "Wrong password"))).toMatchObject({
				type: "rejected",
				detail: "Wrong password",
			});
		},
	);

	it.each([
		[400, 0],
		[403, 11],
		[500, 0],
		[503, 7],
	])("waits at a %d with code %d", (status, code) => {
		expect(signIn(status, failure(code), { "retry-after": "3" })).toMatchObject(
			{ type: "retryable", code: "unavailable", afterMs: 3_000 },
		);
	});

	it("B16 waits at a 429, whatever its code", () => {
		expect(signIn(429, failure(9))).toMatchObject({ code: "unavailable" });
	});

	it("takes a page that is not the API's for a bad response", () => {
		expect(signIn(404, "<h1>Not Found</h1>")).toMatchObject({
			type: "retryable",
			code: "bad-response",
			detail: null,
		});
	});

	it.each([undefined, null, {}, { email: "a" }, { email: 1, password: "p" }])(
		"refuses the credentials %j by name",
		(given) => {
			expect(() => protocol.signIn.request(given as never)).toThrow(
				expect.objectContaining({ code: "invalid-option" }),
			);
		},
	);

	it("names the credential that is missing", () => {
		expect(() => protocol.signIn.request({ email: "a" } as never)).toThrow(
			"password",
		);
	});
});

describe("Oz refresh", () => {
	it("asks with both tokens", () => {
		expect(protocol.refresh?.request(tokens)).toEqual({
			method: "POST",
			url: "https://oz.example.com/api/authorize/refresh/",
			headers: [
				["accept", "application/json"],
				["content-type", "application/json"],
				["X-Forensic-Access-Token", "kt-canary-access-0"],
			],
			body: '{"expire_token":"kt-canary-refresh-0"}',
		});
	});

	it("reads what a sign-in reads", () => {
		expect(refresh(200, documented)).toEqual(signIn(200, documented));
	});

	it.each([
		[401, failure(7, "Session not found")],
		[401, failure(8)],
		[401, failure(10)],
		[401, {}],
		[401, "nginx"],
		[403, failure(9)],
		[403, failure(99)],
	])("B13 ends the session at a %d with %j", (status, body) => {
		expect(refresh(status, body)?.type).toBe("rejected");
	});

	it.each([
		[400, {}],
		[400, failure(3)],
		[400, failure(7)],
		[401, failure(0)],
		[401, failure(1)],
		[401, failure(2)],
		[401, failure(3)],
		[401, failure(4)],
		[403, failure(5)],
		[403, failure(11)],
		[404, failure(10)],
		[408, failure(7)],
		[429, failure(8)],
		[500, failure(7)],
		[302, ""],
	])("B15 keeps the session at a %d with %j", (status, body) => {
		expect(refresh(status, body)?.type).toBe("retryable");
	});

	it.each([401, 403])(
		"B6 B15 keeps the session at a %d with a page of HTML, as of a proxy or a firewall",
		(status) => {
			const page = "\n<!doctype html><title>Access denied</title>";
			expect(refresh(status, page)).toMatchObject({
				type: "retryable",
				code: "bad-response",
			});
			// at a sign-in there is nothing to lose
			expect(signIn(status, page).type).toBe("rejected");
			expect(refresh(503, page)).toMatchObject({ code: "unavailable" });
		},
	);

	it.each([
		{ ...documented, expire_token: undefined },
		{ ...documented, access_token: 7 },
		{},
	])("doubts the refresh token when a 200 lacks tokens", (body) => {
		expect(refresh(200, body)?.type).toBe("in-doubt");
	});
});

describe("Oz requests", () => {
	it("carry the access token without a scheme word", () => {
		expect(protocol.authorize(tokens)).toEqual([
			["X-Forensic-Access-Token", "kt-canary-access-0"],
		]);
	});

	it("slide the session, and never follow a browser's redirect", () => {
		expect(protocol.isSliding).toBe(true);
		expect(protocol.redirect).toBe(undefined);
	});

	const judge = (status: number, body?: unknown) =>
		protocol.judge({
			status,
			header: () => null,
			...(body !== undefined && {
				body: typeof body === "string" ? body : JSON.stringify(body),
			}),
		});

	it.each([400, 401, 403, 404])("ask for the body of a %d", (status) => {
		expect(judge(status)).toBe("needs-body");
	});

	it.each([200, 204, 302, 500, 503])("need no body of a %d", (status) => {
		expect(judge(status)).toBe(false);
		expect(judge(status, failure(7))).toBe(false);
	});

	it.each([6, 7, 8])(
		"lose their token to code %d, whatever the status",
		(code) => {
			for (const status of [400, 401, 403])
				expect(judge(status, failure(code))).toBe(true);
		},
	);

	it.each([0, 1, 2, 3, 4, 5, 9, 10, 11])(
		"B24 keep their token at code %d, whatever the status",
		(code) => {
			for (const status of [400, 401, 403, 404])
				expect(judge(status, failure(code))).toBe(false);
		},
	);

	it.each([
		"",
		"<html>",
		"null",
		"[]",
		"7",
		'{"error_code":"7"}',
		'{"error_code":12}',
		'{"error_code":-1}',
	])("B34 believe a 401 that says %j, and no other status", (body) => {
		expect(judge(401, body)).toBe(true);
		expect(judge(403, body)).toBe(false);
		expect(judge(400, body)).toBe(false);
	});
});

describe("oz", () => {
	it("names itself and its server", () => {
		expect(protocol.name).toBe("oz@https://oz.example.com");
	});

	it.each([undefined, "", "http://oz.example.com", "oz.example.com"])(
		"refuses the baseUrl %j by name",
		(wrong) => {
			expect(() => oz({ baseUrl: wrong as string })).toThrow(
				expect.objectContaining({ code: "invalid-option", detail: "baseUrl" }),
			);
		},
	);
});
