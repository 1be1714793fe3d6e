import { describe, expect, it } from "vitest";
import {
	type OAuth2ClientOptions,
	type OAuth2PasswordOptions,
	oauth2,
} from "../src/oauth2.ts";
import { answerOf, context, tokens } from "./answer-of.ts";

const passwordOptions: OAuth2PasswordOptions = {
	baseUrl: "https://api.example.com",
	tokenUrl: "https://login.example.com/oauth/token",
	revocationUrl: "https://login.example.com/oauth/revoke",
	grant: "password",
	clientId: "app",
};
const clientOptions: OAuth2ClientOptions = {
	baseUrl: "https://api.example.com",
	tokenUrl: "/oauth/token",
	grant: "client_credentials",
	clientId: "service",
	clientSecret: "kt-canary-secret",
};
const password = oauth2(passwordOptions);
const client = oauth2(clientOptions);
const ann = { username: "ann", password: "p&=ü" };

const documented = {
	access_token: "kt-canary-access-1",
	token_type: "Bearer",
	expires_in: 3600,
	refresh_token: "kt-canary-refresh-1",
	scope: "read",
};
const form = (body: string | null | undefined) =>
	Object.fromEntries(new URLSearchParams(body ?? ""));

describe("OAuth 2.0 sign-in", () => {
	it("asks for the password grant (RFC 6749 §4.3) as a public client", () => {
		const request = password.signIn.request({ ...ann, extra: 1 } as typeof ann);
		expect(request).toMatchObject({
			method: "POST",
			url: "https://login.example.com/oauth/token",
			headers: [
				["accept", "application/json"],
				["content-type", "application/x-www-form-urlencoded"],
			],
		});
		expect(form(request.body)).toEqual({
			grant_type: "password",
			username: "ann",
			password: "p&=ü",
			client_id: "app",
		});
	});

	it("adds scope and parameters, which cannot replace the grant", () => {
		const { signIn } = oauth2({
			...passwordOptions,
			scope: "read write",
			parameters: { audience: "orders", grant_type: "other", username: "eve" },
		});
		expect(form(signIn.request(ann).body)).toMatchObject({
			grant_type: "password",
			username: "ann",
			scope: "read write",
			audience: "orders",
		});
	});

	it("asks for the scope also where it stands among the parameters", () => {
		const scopeOf = (scope?: string) =>
			form(
				oauth2({
					...passwordOptions,
					parameters: { scope: "read" },
					...(scope && { scope }),
				}).signIn.request(ann).body,
			).scope;
		expect(scopeOf()).toBe("read");
		expect(scopeOf("write")).toBe("write");
	});

	it("asks for the client credentials grant (RFC 6749 §4.4) with Basic authentication", () => {
		const request = client.signIn.request();
		expect(form(request.body)).toEqual({ grant_type: "client_credentials" });
		expect(request.url).toBe("https://api.example.com/oauth/token");
		expect(request.headers).toContainEqual([
			"authorization",
			`Basic ${btoa("service:kt-canary-secret")}`,
		]);
	});

	it("form-encodes id and secret before they are joined (RFC 6749 §2.3.1)", () => {
		const { signIn } = oauth2({
			...clientOptions,
			clientId: "a:b =ü",
			clientSecret: "c:d =%",
		});
		expect(signIn.request().headers.at(-1)?.[1]).toBe(
			`Basic ${btoa("a%3Ab+%3D%C3%BC:c%3Ad+%3D%25")}`,
		);
	});

	it("proves the client in the body where the server wants it there", () => {
		const { signIn, refresh } = oauth2({
			...clientOptions,
			clientAuthentication: "body",
		});
		expect(form(signIn.request().body)).toEqual({
			grant_type: "client_credentials",
			client_id: "service",
			client_secret: "kt-canary-secret",
		});
		expect(signIn.request().headers).toHaveLength(2);
		expect(form(refresh?.request(tokens).body)).toEqual(
			form(signIn.request().body),
		);
	});

	it("reads an answer (RFC 6749 §5.1)", () => {
		expect(password.signIn.judge(answerOf(200, documented), context)).toEqual({
			type: "ok",
			access: "kt-canary-access-1",
			refresh: "kt-canary-refresh-1",
			lifetimeMs: 3_600_000,
			user: undefined,
		});
	});

	it.each([undefined, null, "3600", "9e99", {}, true])(
		"B20 signs in with an unknown lifetime when expires_in is %j",
		(expires_in) => {
			expect(
				password.signIn.judge(
					answerOf(200, { ...documented, expires_in }),
					context,
				),
			).toMatchObject({ type: "ok", lifetimeMs: null });
		},
	);

	it.each(["bearer", "BEARER", null, undefined])(
		"takes the token type %j for a bearer token",
		(token_type) => {
			expect(
				password.signIn.judge(
					answerOf(200, { ...documented, token_type }),
					context,
				).type,
			).toBe("ok");
		},
	);

	it.each([
		["DPoP", "token_type"],
		["", "token_type"],
		[5, "token_type"],
	])(
		"does not use a token of the type %j (RFC 6749 §7.1)",
		(token_type, detail) => {
			expect(
				password.signIn.judge(
					answerOf(200, { ...documented, token_type }),
					context,
				),
			).toMatchObject({ type: "retryable", code: "bad-response", detail });
		},
	);

	it("makes the user of the answer, if told how", () => {
		const { signIn } = oauth2({
			...passwordOptions,
			readUser: ({ scope }) => ({ scope }),
		});
		expect(signIn.judge(answerOf(200, documented), context)).toMatchObject({
			user: { scope: "read" },
		});
	});

	it.each([
		[400, "invalid_grant"],
		[400, "invalid_request"],
		[400, "unsupported_grant_type"],
		[400, "invalid_scope"],
		[403, "access_denied"],
	])("is refused by a %d %s (RFC 6749 §5.2)", (status, error) => {
		expect(
			password.signIn.judge(answerOf(status, { error }), context),
		).toMatchObject({ type: "rejected", detail: error });
		expect(
			client.signIn.judge(
				answerOf(status, { error, error_description: "In words" }),
				context,
			),
		).toMatchObject({ type: "rejected", detail: "In words" });
	});

	it.each([
		[401, "invalid_client"],
		[400, "unauthorized_client"],
	])(
		"takes no password for wrong where a %d %s speaks of the client",
		(status, error) => {
			const answer = answerOf(status, { error });
			expect(password.signIn.judge(answer, context)).toMatchObject({
				type: "retryable",
				code: "bad-response",
				detail: error,
			});
			expect(client.signIn.judge(answer, context).type).toBe("rejected");
		},
	);

	it.each([
		[400, "temporarily_unavailable"],
		[400, "server_error"],
		[403, "slow_down"],
		[200, "temporarily_unavailable"],
	])("B15 comes again after a %d %s", (status, error) => {
		for (const { signIn, refresh } of [password, client])
			for (const call of [signIn, refresh])
				expect(
					call?.judge(
						answerOf(status, { error }, { "retry-after": "7" }),
						context,
					),
				).toMatchObject({
					type: "retryable",
					code: "unavailable",
					afterMs: 7_000,
				});
	});

	it.each([undefined, null, {}, { username: "a" }])(
		"refuses the credentials %j",
		(given) => {
			expect(() => password.signIn.request(given as never)).toThrow(
				expect.objectContaining({ code: "invalid-option" }),
			);
		},
	);
});

describe("OAuth 2.0 refresh", () => {
	it("asks with the refresh token (RFC 6749 §6)", () => {
		expect(form(password.refresh?.request(tokens).body)).toEqual({
			grant_type: "refresh_token",
			refresh_token: "kt-canary-refresh-0",
			client_id: "app",
		});
	});

	it("asks anew with the client's credentials", () => {
		expect(client.refresh?.request(tokens)).toEqual(client.signIn.request());
		expect(client.canRefresh?.({ ...tokens, refresh: null })).toBe(true);
		expect(client.refresh?.resend).toBe("always");
		expect(password.refresh?.resend).toBe("when-expired");
	});

	it("B18 keeps the old refresh token when the answer has none", () => {
		const { refresh_token, ...rest } = documented;
		expect(password.refresh?.judge(answerOf(200, rest), context)).toMatchObject(
			{ type: "ok", refresh: null },
		);
	});

	it.each([400, 401, 403])(
		"B13 ends the session at a %d invalid_grant",
		(status) => {
			for (const { refresh } of [password, client])
				expect(
					refresh?.judge(answerOf(status, { error: "invalid_grant" }), context)
						.type,
				).toBe("rejected");
		},
	);

	it("B13 believes invalid_grant in a 200, too, unless there is a token", () => {
		const judge = (body: unknown) =>
			password.refresh?.judge(answerOf(200, body), context).type;
		expect(judge({ error: "invalid_grant" })).toBe("rejected");
		expect(judge({ error: "invalid_grant", access_token: null })).toBe(
			"rejected",
		);
		expect(judge({ ...documented, error: "invalid_grant" })).toBe("ok");
		// accepted, and then unreadable: nobody knows
		expect(judge({ error: "invalid_client" })).toBe("in-doubt");
		expect(judge({ error: "bad_token" })).toBe("in-doubt");
	});

	it.each([
		[400, { error: "invalid_request" }],
		[401, { error: "invalid_client" }],
		[400, { error: "unauthorized_client" }],
		[400, { error: "invalid_scope" }],
		[400, { error: "INVALID_GRANT" }],
		[400, { error: { invalid_grant: true } }],
		[400, { error: ["invalid_grant"] }],
		[400, {}],
		[401, "<html>"],
		[403, ""],
		[404, { error: "invalid_grant" }],
		[429, { error: "invalid_grant" }],
		[500, { error: "invalid_grant" }],
	])("B15 keeps the session at a %d %j", (status, body) => {
		expect(password.refresh?.judge(answerOf(status, body), context).type).toBe(
			"retryable",
		);
	});

	it.each(["invalid_client", "unauthorized_client"])(
		"ends a client's own session at %s",
		(error) => {
			expect(
				client.refresh?.judge(answerOf(401, { error }), context).type,
			).toBe("rejected");
		},
	);
});

describe("OAuth 2.0 sign-out", () => {
	it("revokes the refresh token (RFC 7009)", () => {
		const request = password.signOut?.request(tokens);
		expect(request?.url).toBe("https://login.example.com/oauth/revoke");
		expect(form(request?.body)).toEqual({
			token: "kt-canary-refresh-0",
			token_type_hint: "refresh_token",
			client_id: "app",
		});
	});

	it("revokes the access token where that is all there is", () => {
		expect(
			form(password.signOut?.request({ ...tokens, refresh: null }).body),
		).toEqual({ token: "kt-canary-access-0", client_id: "app" });
	});

	it("asks nobody where there is no such endpoint", () => {
		expect(client.signOut).toBe(undefined);
	});
});

describe("OAuth 2.0 requests", () => {
	it("carry the token in Authorization alone, so that browsers may follow redirects", () => {
		expect(password.authorize(tokens)).toEqual([
			["Authorization", "Bearer kt-canary-access-0"],
		]);
		expect(password.redirect).toBe("follow");
	});

	it("cover the API, not the login server", () => {
		expect(password.covers("https://api.example.com/orders")).toBe(true);
		expect(password.covers("https://login.example.com/oauth/token")).toBe(
			false,
		);
	});

	it("B30 lose their token to invalid_token, not to insufficient_scope or DPoP", () => {
		const judge = (challenge: string | null) =>
			password.judge({ status: 401, header: () => challenge });
		expect(judge('Bearer error="invalid_token"')).toBe(true);
		expect(judge(null)).toBe(true);
		expect(judge('Bearer error="insufficient_scope"')).toBe(false);
		expect(judge('DPoP error="invalid_token"')).toBe(false);
	});
});

describe("oauth2", () => {
	it("is a protocol of its own for every client", () => {
		expect(password.name).toBe("oauth2:app@https://api.example.com");
	});

	it.each([
		["grant", { grant: "authorization_code" }],
		["grant", { grant: undefined }],
		["clientId", { clientId: undefined }],
		["tokenUrl", { tokenUrl: undefined }],
		["baseUrl", { baseUrl: "http://api.example.com" }],
		["tokenUrl", { tokenUrl: "http://login.example.com/token" }],
		["revocationUrl", { revocationUrl: "revoke" }],
		["clientSecret", { grant: "client_credentials" }],
		["clientSecret", { clientSecret: 5 }],
	])("refuses a wrong %s by name", (detail, wrong) => {
		expect(() =>
			oauth2({ ...passwordOptions, ...(wrong as unknown as object) }),
		).toThrow(expect.objectContaining({ code: "invalid-option", detail }));
	});
});
