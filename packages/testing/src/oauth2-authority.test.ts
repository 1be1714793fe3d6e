import { describe, expect, test } from "vitest";
import {
	createOAuth2Authority,
	type OAuth2AuthorityOptions,
} from "./oauth2-authority.ts";

const base = "https://as.test";

function bench(options: OAuth2AuthorityOptions = {}) {
	let atMs = 1_800_000_000_000;
	const api = createOAuth2Authority({ nowMs: () => atMs, ...options });
	const form = (
		path: string,
		fields: Record<string, string>,
		headers: Record<string, string> = {},
	) =>
		api.handler(
			new Request(base + path, {
				method: "POST",
				headers,
				body: new URLSearchParams(fields),
			}),
		);
	const token = (fields: Record<string, string>, headers = {}) =>
		form("/oauth/token", fields, headers);
	const password = {
		grant_type: "password",
		client_id: "public",
		username: "user",
		password: "password",
	};
	return {
		api,
		form,
		token,
		password,
		pass(ms: number) {
			atMs += ms;
		},
		refresh: (refresh_token: string) =>
			token({
				grant_type: "refresh_token",
				client_id: "public",
				refresh_token,
			}),
		get: (path: string, access: string) =>
			api.handler(
				new Request(base + path, {
					headers: { authorization: `Bearer ${access}` },
				}),
			),
	};
}

describe("the token endpoint", () => {
	test("answers a password with a pair that must not be cached (RFC 6749 §5.1)", async () => {
		const { token, password } = bench();
		const answer = await token(password);
		expect(answer.headers.get("cache-control")).toBe("no-store");
		expect(await answer.json()).toEqual({
			access_token: expect.any(String),
			refresh_token: expect.any(String),
			token_type: "Bearer",
			expires_in: 3_600,
		});
	});

	test("gives no refresh token to a client's own credentials (§4.4.3)", async () => {
		const { token, get } = bench();
		const answer = await token(
			{ grant_type: "client_credentials" },
			{ authorization: `Basic ${btoa("client:client_secret")}` },
		);
		const body = await answer.json();
		expect(Object.keys(body).sort()).toEqual([
			"access_token",
			"expires_in",
			"token_type",
		]);
		expect(await (await get("/api/me", body.access_token)).json()).toEqual({
			sub: "client",
			name: null,
		});
	});

	test.each([
		["no grant_type", {}, 400, "invalid_request"],
		["an unknown client", { client_id: "x" }, 401, "invalid_client"],
		[
			"a wrong secret",
			{ client_id: "client", client_secret: "x" },
			401,
			"invalid_client",
		],
		["a wrong password", { password: "x" }, 400, "invalid_grant"],
		[
			"an unknown grant",
			{ grant_type: "magic" },
			400,
			"unsupported_grant_type",
		],
		[
			"a public client alone",
			{ grant_type: "client_credentials" },
			400,
			"unauthorized_client",
		],
		[
			"a refresh without token",
			{ grant_type: "refresh_token" },
			400,
			"invalid_request",
		],
	])("refuses %s (§5.2)", async (name, fields, status, error) => {
		const { token, password } = bench();
		const { grant_type, ...rest } = password;
		const answer = await token({
			...(name === "no grant_type" ? rest : { grant_type, ...rest }),
			...fields,
		});
		expect([answer.status, (await answer.json()).error]).toEqual([
			status,
			error,
		]);
	});

	test.each([
		["client:client_secret", 200],
		["client:client_secret:and more", 401],
		["client:client", 401],
		["client", 401],
		["a%3Ab:c+d%25%C3%BC", 200],
		["colon:c:d", 200],
	])(
		"takes the client for what Basic %j says, to its end",
		async (text, status) => {
			const { token } = bench({
				clients: [
					{ id: "client", secret: "client_secret" },
					{ id: "a:b", secret: "c d%ü" },
					{ id: "colon", secret: "c:d" },
				],
			});
			const answer = await token(
				{ grant_type: "client_credentials" },
				{ authorization: `Basic ${btoa(text)}` },
			);
			expect(answer.status).toBe(status);
		},
	);

	test("rotates, and answers a used refresh token with invalid_grant", async () => {
		const { api, token, password, refresh } = bench();
		const first = await (await token(password)).json();
		const second = await (await refresh(first.refresh_token)).json();
		expect(second.refresh_token).not.toBe(first.refresh_token);
		const again = await refresh(first.refresh_token);
		expect([again.status, (await again.json()).error]).toEqual([
			400,
			"invalid_grant",
		]);
		expect(api.counters).toMatchObject({ refreshRequests: 2, refreshes: 1 });
	});

	test("binds a refresh token to the client that it was issued to (§6)", async () => {
		const { api, token, password, refresh, form } = bench({
			clients: [
				{ id: "public", secret: null },
				{ id: "other", secret: null },
			],
		});
		const { refresh_token } = await (await token(password)).json();
		const stolen = await token({
			grant_type: "refresh_token",
			client_id: "other",
			refresh_token,
		});
		expect([stolen.status, (await stolen.json()).error]).toEqual([
			400,
			"invalid_grant",
		]);
		const revoked = await form("/oauth/revoke", {
			client_id: "other",
			token: refresh_token,
		});
		expect(revoked.status).toBe(400);
		// neither used up nor ended by that
		expect((await refresh(refresh_token)).status).toBe(200);
		// issued without a request: whoever comes
		expect((await refresh(api.issue("user").refresh)).status).toBe(200);
	});

	test("leaves refresh_token out where it stays the same (§6)", async () => {
		const { token, password, refresh } = bench({ refreshTokens: "reusable" });
		const first = await (await token(password)).json();
		for (let round = 0; round < 3; round++)
			expect(
				await (await refresh(first.refresh_token)).json(),
			).not.toHaveProperty("refresh_token");
	});

	test("leaves expires_in out when told so", async () => {
		const { token, password } = bench({ isLifetimeHidden: true });
		expect(await (await token(password)).json()).not.toHaveProperty(
			"expires_in",
		);
	});
});

describe("revocation (RFC 7009)", () => {
	test("ends the session by either token, and knows no unknown token", async () => {
		for (const kind of ["access_token", "refresh_token"]) {
			const { api, form, token, password, get } = bench();
			const pair = await (await token(password)).json();
			const revoke = (text: string) =>
				form("/oauth/revoke", { token: text, client_id: "public" });
			expect((await revoke("made-up")).status).toBe(200);
			expect((await get("/api/me", pair.access_token)).status).toBe(200);
			expect((await revoke(pair[kind])).status).toBe(200);
			expect((await get("/api/me", pair.access_token)).status).toBe(401);
			expect(api.counters.signOuts).toBe(2);
		}
	});

	test("wants a client", async () => {
		expect((await bench().form("/oauth/revoke", { token: "x" })).status).toBe(
			401,
		);
	});
});

test("API calls are refused with RFC 6750 challenges", async () => {
	const { api, token, password, get, pass } = bench();
	const { access_token } = await (await token(password)).json();
	const bare = await api.handler(new Request(`${base}/api/me`));
	const forbidden = await get("/api/forbidden", access_token);
	pass(3_600_000);
	const late = await get("/api/me", access_token);
	expect(
		[bare, forbidden, late].map((answer) => [
			answer.status,
			answer.headers.get("www-authenticate"),
		]),
	).toEqual([
		[401, 'Bearer realm="mock"'],
		[403, 'Bearer realm="mock", error="insufficient_scope"'],
		[401, 'Bearer realm="mock", error="invalid_token"'],
	]);
});
