/** Over 200 lines: the documentation, point by point. */
import { describe, expect, test } from "vitest";
import {
	createKazunionAuthority,
	type KazunionAuthority,
	type KazunionAuthorityOptions,
} from "./kazunion-authority.ts";

const base = "https://kz.test";
const startMs = 1_800_000_000_000;

interface Tokens {
	accessToken: string;
	refreshToken: string;
	passwordExpired: boolean;
}

function bench(options: KazunionAuthorityOptions = {}) {
	let atMs = startMs;
	const api: KazunionAuthority = createKazunionAuthority({
		nowMs: () => atMs,
		...options,
	});
	const post = (path: string, body: unknown) =>
		api.handler(
			new Request(base + path, {
				method: "POST",
				headers: { "content-type": "application/json" },
				body: JSON.stringify(body),
			}),
		);
	return {
		api,
		pass(ms: number) {
			atMs += ms;
		},
		post,
		signIn: (login = "string", password = "string") =>
			post("/api/Auth/Auth", { login, password }),
		refresh: (refreshToken: unknown) =>
			post("/api/Auth/RefreshToken", { refreshToken }),
		get: (path: string, token?: string) =>
			api.handler(
				new Request(base + path, {
					headers: token ? { authorization: `Bearer ${token}` } : {},
				}),
			),
	};
}

describe("sign-in", () => {
	test("answers with every documented field", async () => {
		expect(await (await bench().signIn()).json()).toEqual({
			accessToken: expect.any(String),
			refreshToken: expect.any(String),
			passwordExpired: false,
		});
	});

	test("gives JWTs whose exp − iat is 43,200 minutes", async () => {
		const { accessToken }: Tokens = await (await bench().signIn()).json();
		const [head, payload] = accessToken
			.split(".")
			.slice(0, 2)
			.map((part) => JSON.parse(atob(part)));
		expect(head).toEqual({ alg: "HS256", typ: "JWT" });
		expect(payload.iat).toBe(startMs / 1_000);
		expect(payload.exp - payload.iat).toBe(43_200 * 60);
	});

	test("gives JWTs to logins of any alphabet, as UTF-8", async () => {
		const login = "გიორგი";
		const b = bench({ accounts: [{ login, password: "пароль" }] });
		const { accessToken }: Tokens = await (
			await b.signIn(login, "пароль")
		).json();
		const [, payload = ""] = accessToken.split(".");
		expect(
			JSON.parse(Buffer.from(payload, "base64url").toString()),
		).toMatchObject({ sub: login });
		expect((await b.get("/api/Sections", accessToken)).status).toBe(200);
	});

	test("gives tokens without any date in them when told so", async () => {
		const b = bench({ accessTokens: "opaque" });
		const { accessToken }: Tokens = await (await b.signIn()).json();
		expect(accessToken.split(".")).toHaveLength(1);
		expect((await b.get("/api/Sections", accessToken)).status).toBe(200);
	});

	test("has the four documented outcomes", async () => {
		const b = bench();
		const outcomes = await Promise.all(
			[
				b.signIn(),
				b.signIn("expired", "expired"),
				b.signIn("locked", "locked"),
				b.signIn("string", "wrong"),
			].map(async (answer) => {
				const { accessToken, refreshToken, passwordExpired } = await (
					await answer
				).json();
				return [accessToken !== null, refreshToken !== null, passwordExpired];
			}),
		);
		expect(outcomes).toEqual([
			[true, true, false],
			[true, true, true],
			[false, false, true],
			[false, false, false],
		]);
	});

	test.each([
		["problem", 400, { errors: { login: ["Wrong login or password"] } }],
		["message", 401, { message: "Wrong login or password" }],
		["Message", 400, { Message: "Wrong login or password" }],
	] as const)(
		"refuses with the %s body that has been seen",
		async (type, status, body) => {
			const answer = await bench({ signInRefusal: { type, status } }).signIn(
				"string",
				"wrong",
			);
			expect(answer.status).toBe(status);
			expect(await answer.json()).toMatchObject(body);
		},
	);

	test("wants JSON, and both fields", async () => {
		const { api, post } = bench();
		const form = await api.handler(
			new Request(`${base}/api/Auth/Auth`, {
				method: "POST",
				body: new URLSearchParams({ login: "string", password: "string" }),
			}),
		);
		expect(form.status).toBe(415);
		expect((await post("/api/Auth/Auth", { login: "string" })).status).toBe(
			400,
		);
	});
});

describe("refresh and use", () => {
	test("rotate, and the old access token lives to its end", async () => {
		const { signIn, refresh, get, pass } = bench();
		const first: Tokens = await (await signIn()).json();
		pass(86_400_000);
		const second: Tokens = await (await refresh(first.refreshToken)).json();
		expect(second.refreshToken).not.toBe(first.refreshToken);
		expect((await get("/api/Sections", second.accessToken)).status).toBe(200);
		expect((await get("/api/Sections", first.accessToken)).status).toBe(200);
		pass(29 * 86_400_000);
		const late = await get("/api/Sections", first.accessToken);
		expect(late.status).toBe(401);
		expect(late.headers.get("www-authenticate")).toContain("invalid_token");
		expect((await get("/api/Sections", second.accessToken)).status).toBe(200);
	});

	test("the refresh token ends 32 s before the access token", async () => {
		const { signIn, refresh, get, pass } = bench();
		const first: Tokens = await (await signIn()).json();
		pass(2_591_968_000);
		expect((await refresh(first.refreshToken)).status).toBe(401);
		expect((await get("/api/Sections", first.accessToken)).status).toBe(200);
		pass(32_000);
		expect((await get("/api/Sections", first.accessToken)).status).toBe(401);
	});

	test.each([
		[{ type: "problem", status: 403 }, 403],
		[{ type: "empty", status: 400 }, 400],
		[{ type: "null-tokens" }, 200],
	] as const)(
		"a dead refresh token can be refused as %o",
		async (refreshRefusal, status) => {
			const answer = await bench({ refreshRefusal }).refresh("made-up");
			expect(answer.status).toBe(status);
		},
	);

	test("a password that expires meanwhile shows at the next refresh", async () => {
		const { api, signIn, refresh } = bench();
		const first: Tokens = await (await signIn()).json();
		api.setAccount({
			login: "string",
			password: "string",
			passwordExpired: "without-tokens",
		});
		expect(await (await refresh(first.refreshToken)).json()).toEqual({
			accessToken: null,
			refreshToken: null,
			passwordExpired: true,
		});
	});

	test("paths ignore case, as the server's framework does", async () => {
		const { post, get } = bench();
		const answer = await post("/api/auth/auth", {
			login: "string",
			password: "string",
		});
		const { accessToken }: Tokens = await answer.json();
		expect((await get("/API/SECTIONS", accessToken)).status).toBe(200);
		expect((await get("/api/Forbidden", accessToken)).status).toBe(403);
	});

	test("an echo tells the time zone that came", async () => {
		const { api, signIn } = bench();
		const { accessToken }: Tokens = await (await signIn()).json();
		const echo = await api.handler(
			new Request(`${base}/api/echo`, {
				method: "POST",
				headers: {
					authorization: `Bearer ${accessToken}`,
					"content-type": "application/json",
					"x-nugios-timezone": "240",
				},
				body: "{}",
			}),
		);
		expect(await echo.json()).toMatchObject({
			timezone: "240",
			body: "{}",
			generation: 1,
		});
	});
});
