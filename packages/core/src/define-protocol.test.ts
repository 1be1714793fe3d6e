import { describe, expect, it } from "vitest";
import { AuthError, isAuthError } from "./auth-error.ts";
import { defineProtocol, type ProtocolDescription } from "./define-protocol.ts";
import type { HttpResponse } from "./ports.ts";
import type { Tokens } from "./protocol.ts";
import { Secret } from "./secret.ts";

interface Credentials {
	readonly name: string;
	readonly pin: string;
}

const tokens: Tokens = { access: new Secret("A0"), refresh: new Secret("R0") };
const context = { nowMs: Date.UTC(2026, 6, 1) };

const description: ProtocolDescription<Credentials, string> = {
	name: "shop",
	baseUrl: "https://api.shop.example/v2",
	signIn: { path: "/login", body: ({ name, pin }) => ({ name, pin }) },
	refresh: {
		path: "/renew",
		body: ({ refresh }) => ({ token: refresh }),
		rejectedStatuses: [401],
	},
	signOut: {
		path: "/logout",
		method: "DELETE",
		headers: ({ access }) => [["x-token", access]],
	},
	read: ({ token, next, seconds, user }) =>
		typeof token === "string"
			? {
					type: "ok",
					access: token,
					refresh: typeof next === "string" ? next : null,
					lifetimeMs: Number(seconds) * 1_000,
					user: typeof user === "string" ? user : null,
				}
			: null,
};
const shop = defineProtocol(description);

const answer = (
	status: number,
	body: unknown,
	headers: Record<string, string> = {},
): HttpResponse => ({
	status,
	headers,
	body: typeof body === "string" ? body : JSON.stringify(body),
});

describe("defineProtocol", () => {
	it("names the protocol after the API and its address", () => {
		expect(shop.name).toBe("shop@https://api.shop.example/v2");
		expect(
			defineProtocol({
				...description,
				baseUrl: "https://api.shop.example/v2/",
			}).name,
		).toBe(shop.name);
	});

	it("builds the sign-in as JSON", () => {
		expect(shop.signIn.request({ name: "ann", pin: "1234" })).toEqual({
			method: "POST",
			url: "https://api.shop.example/v2/login",
			headers: [
				["accept", "application/json"],
				["content-type", "application/json"],
			],
			body: '{"name":"ann","pin":"1234"}',
		});
	});

	it("builds the refresh from the tokens", () => {
		expect(shop.refresh?.request(tokens).body).toBe('{"token":"R0"}');
		expect(shop.refresh?.request({ ...tokens, refresh: null }).body).toBe(
			'{"token":null}',
		);
	});

	it("sends text as a form and nothing as nothing", () => {
		const { signIn } = defineProtocol({
			...description,
			signIn: { path: "/login", body: (text: string) => text },
		});
		expect(signIn.request("a=b")).toMatchObject({
			headers: [
				["accept", "application/json"],
				["content-type", "application/x-www-form-urlencoded"],
			],
			body: "a=b",
		});
		expect(shop.signOut?.request(tokens)).toEqual({
			method: "DELETE",
			url: "https://api.shop.example/v2/logout",
			headers: [
				["accept", "application/json"],
				["x-token", "A0"],
			],
			body: null,
		});
	});

	it("takes a whole URL for an endpoint that lives elsewhere", () => {
		const { signIn } = defineProtocol({
			...description,
			signIn: { path: "https://login.shop.example/token" },
		});
		expect(signIn.request().url).toBe("https://login.shop.example/token");
	});

	it("sends the token as a bearer token unless told otherwise", () => {
		expect(shop.authorize(tokens)).toEqual([["Authorization", "Bearer A0"]]);
		expect(
			defineProtocol({
				...description,
				authorize: ({ access, refresh }) => [["x-a", access + refresh]],
			}).authorize(tokens),
		).toEqual([["x-a", "A0R0"]]);
	});

	it("covers its base URL only", () => {
		expect(shop.covers("https://api.shop.example/v2/items")).toBe(true);
		expect(shop.covers("https://api.shop.example/v3/items")).toBe(false);
	});

	it("passes on what it has no opinion of", () => {
		const canRefresh = () => true;
		const judge = () => "needs-body" as const;
		expect(
			defineProtocol({
				...description,
				canRefresh,
				judge,
				isSliding: true,
				redirect: "follow",
			}),
		).toMatchObject({ canRefresh, judge, isSliding: true, redirect: "follow" });
		expect(shop.refresh?.resend).toBe("when-expired");
		expect(shop).not.toHaveProperty("isSliding");
	});

	it("leaves out what is not described", () => {
		const { refresh, signOut, ...rest } = description;
		const plain = defineProtocol(rest);
		expect(plain).not.toHaveProperty("refresh");
		expect(plain).not.toHaveProperty("signOut");
	});

	it.each([
		["name", { name: "" }],
		["baseUrl", { baseUrl: undefined }],
		["baseUrl", { baseUrl: "http://api.shop.example" }],
		["baseUrl", { baseUrl: "https://api.shop.example/v2?x=1" }],
		["read", { read: undefined }],
		["signIn.path", { signIn: undefined }],
		["signIn.path", { signIn: { path: "login" } }],
		["signIn.path", { signIn: { path: "/../login" } }],
		["signIn.path", { signIn: { path: "http://login.shop.example/" } }],
		["refresh.path", { refresh: { rejectedStatuses: [] } }],
		["refresh.rejectedStatuses", { refresh: { path: "/renew" } }],
		["signOut.path", { signOut: {} }],
	])("refuses a wrong %s by name", (detail, wrong) => {
		expect(() =>
			defineProtocol({
				...description,
				...(wrong as unknown as typeof description),
			}),
		).toThrow(expect.objectContaining({ code: "invalid-option", detail }));
	});

	it("says which body could not be built, and nothing of what was in it", () => {
		const { signIn } = defineProtocol({
			...description,
			signIn: {
				path: "/login",
				body: (given: { pin: string }) => {
					throw new TypeError(`cannot read ${given.pin}`);
				},
			},
		});
		let thrown: unknown;
		try {
			signIn.request({ pin: "kt-canary-pin" });
		} catch (error) {
			thrown = error;
		}
		expect(isAuthError(thrown) && thrown).toMatchObject({
			code: "invalid-option",
			detail: "signIn.body",
		});
		expect((thrown as Error).cause).toBe(undefined);
		expect(String((thrown as Error).stack)).not.toContain("kt-canary");
	});
});

describe("the judges of a described protocol", () => {
	const signIn = (response: HttpResponse) =>
		shop.signIn.judge(response, context);
	const refresh = (response: HttpResponse) =>
		shop.refresh?.judge(response, context);

	it("give what read gives", () => {
		expect(
			signIn(
				answer(201, { token: "A1", next: "R1", seconds: 60, user: "ann" }),
			),
		).toEqual({
			type: "ok",
			access: "A1",
			refresh: "R1",
			lifetimeMs: 60_000,
			user: "ann",
		});
	});

	it("tell read which call it was, and everything that came", () => {
		const seen: unknown[] = [];
		const spy = defineProtocol({
			...description,
			read: (body, facts) => {
				seen.push(body, facts);
				return null;
			},
		});
		spy.refresh?.judge(answer(200, "[1]", { date: "x" }), context);
		expect(seen).toEqual([
			{},
			{
				call: "refresh",
				status: 200,
				headers: { date: "x" },
				body: "[1]",
				nowMs: context.nowMs,
			},
		]);
	});

	it.each([400, 401, 403])("take a %d for refused credentials", (status) => {
		expect(signIn(answer(status, { message: "Wrong pin" }))).toMatchObject({
			type: "rejected",
			detail: "Wrong pin",
		});
	});

	it("B15 end a session only at the statuses that the description names", () => {
		expect(refresh(answer(401, { message: "Spent" }))).toMatchObject({
			type: "rejected",
			detail: "Spent",
		});
		for (const status of [301, 400, 402, 403, 404, 409, 410, 418, 422, 451])
			expect(refresh(answer(status, {}))).toMatchObject({
				type: "retryable",
				code: "bad-response",
			});
	});

	it.each([408, 425, 429, 500, 502, 503, 504, 599])(
		"B16 B17 wait at a %d, as long as told",
		(status) => {
			for (const judge of [signIn, refresh])
				expect(
					judge(answer(status, "<h1>Later</h1>", { "retry-after": "120" })),
				).toEqual({
					type: "retryable",
					code: "unavailable",
					afterMs: 120_000,
					detail: null,
				});
		},
	);

	it.each([
		"",
		"<html>Log in</html>",
		"null",
		"[]",
		"{}",
		'{"token":5}',
		'{"token":"A1"',
	])("B6 call %j at a sign-in a bad response", (body) => {
		expect(signIn(answer(200, body))).toMatchObject({
			type: "retryable",
			code: "bad-response",
		});
	});

	it("B6 call the page of a captive portal a bad response at a refresh as well", () => {
		expect(refresh(answer(200, " \n<!doctype html><p>Log in"))).toMatchObject({
			type: "retryable",
			code: "bad-response",
			detail: null,
		});
	});

	it.each(["", "{}", '{"token":5}', '{"token":"A1","ne'])(
		"B5 doubt what became of the refresh token when a 2xx says %j",
		(body) => {
			expect(refresh(answer(200, body))?.type).toBe("in-doubt");
		},
	);

	it("ask readFailure first, and fill in what it leaves out", () => {
		const { refresh: judged } = defineProtocol({
			...description,
			readFailure: ({ code }) =>
				code === "dead"
					? { type: "rejected" }
					: code === "busy"
						? { type: "retryable", detail: "mine" }
						: null,
		});
		expect(
			judged?.judge(answer(409, { code: "dead", message: "Gone" }), context),
		).toMatchObject({ type: "rejected", detail: "Gone" });
		expect(
			judged?.judge(
				answer(
					401,
					{ code: "busy", message: "theirs" },
					{ "retry-after": "7" },
				),
				context,
			),
		).toEqual({ type: "retryable", detail: "mine", afterMs: 7_000 });
		expect(judged?.judge(answer(401, {}), context).type).toBe("rejected");
		expect(judged?.judge(answer(302, { code: "dead" }), context)).toMatchObject(
			{
				type: "retryable",
				code: "bad-response",
			},
		);
	});

	it("survive a description that throws, and tell the detail of an AuthError only", () => {
		const thrower = (error: unknown) =>
			defineProtocol({
				...description,
				read: () => {
					throw error;
				},
				readFailure: () => {
					throw error;
				},
			});
		const plain = thrower(new Error("kt-canary-body"));
		expect(plain.signIn.judge(answer(200, {}), context)).toMatchObject({
			type: "retryable",
			code: "bad-response",
			detail: null,
		});
		expect(plain.signIn.judge(answer(401, {}), context).type).toBe("rejected");
		expect(
			thrower(new AuthError("bad-response", { detail: "token" })).signIn.judge(
				answer(200, {}),
				context,
			),
		).toMatchObject({ code: "bad-response", detail: "token" });
	});

	it("B103 go on asking where the description says, whatever an answer says", () => {
		refresh(answer(200, { token: "A1", refresh_url: "https://evil.example" }));
		expect(shop.refresh?.request(tokens).url).toBe(
			"https://api.shop.example/v2/renew",
		);
	});
});
