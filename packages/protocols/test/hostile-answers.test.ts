import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { inspect, promisify } from "node:util";
import {
	type Answer,
	createAuth,
	type HttpResponse,
	type Platform,
	type Protocol,
} from "@keyturn/core";
import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { kazunion } from "../src/kazunion.ts";
import { oauth2 } from "../src/oauth2.ts";
import { oz } from "../src/oz.ts";
import { answerOf, context, nowMs } from "./answer-of.ts";

/** A small budget, the same for every run; a failure prints its seed. */
const numRuns = 300;
const canary = "kt-canary-0123456789abcdef";

type Fields = Readonly<Record<string, unknown>>;

interface Case {
	readonly protocol: Protocol<unknown, unknown>;
	readonly credentials: unknown;
	readonly valid: Fields;
	/** Fields of the answer that the protocol reads, and fields of failures. */
	readonly fields: readonly string[];
	/** Written from the documentation, not from the code: may this answer to a refresh end the session? */
	mayEnd(status: number, body: Fields | null): boolean;
}

const baseUrl = "https://api.example.com";
const isRefusal = (status: number) => [400, 401, 403].includes(status);
const cases: Readonly<Record<string, Case>> = {
	oz: {
		protocol: oz({ baseUrl }) as Protocol<unknown, unknown>,
		credentials: { email: "ann", password: canary },
		valid: {
			access_token: `${canary}-a`,
			expire_token: `${canary}-r`,
			expire_date: nowMs / 1_000 + 900,
			user: { user_id: "u" },
		},
		fields: [
			"access_token",
			"expire_token",
			"expire_date",
			"user",
			"error_code",
			"error_message",
		],
		mayEnd: (status, body) =>
			(status === 401 || status === 403) &&
			![0, 1, 2, 3, 4, 5, 11].includes(body?.error_code as number),
	},
	kazunion: {
		protocol: kazunion({ baseUrl, timezoneOffsetMinutes: 240 }) as Protocol<
			unknown,
			unknown
		>,
		credentials: { login: "ann", password: canary },
		valid: {
			accessToken: `${canary}-a`,
			refreshToken: `${canary}-r`,
			passwordExpired: false,
		},
		fields: [
			"accessToken",
			"refreshToken",
			"passwordExpired",
			"message",
			"errors",
			"title",
		],
		mayEnd: (status, body) =>
			isRefusal(status) ||
			(status >= 200 &&
				status < 300 &&
				typeof body?.passwordExpired === "boolean" &&
				body.accessToken == null &&
				body.refreshToken == null),
	},
	oauth2: {
		protocol: oauth2({
			baseUrl,
			tokenUrl: "/token",
			grant: "password",
			clientId: "app",
		}) as Protocol<unknown, unknown>,
		credentials: { username: "ann", password: canary },
		valid: {
			access_token: `${canary}-a`,
			refresh_token: `${canary}-r`,
			token_type: "bearer",
			expires_in: 900,
		},
		fields: [
			"access_token",
			"refresh_token",
			"token_type",
			"expires_in",
			"error",
			"error_description",
		],
		mayEnd: (status, body) =>
			body?.error === "invalid_grant" &&
			((status >= 400 && status < 404) ||
				(status >= 200 && status < 300 && body.access_token == null)),
	},
};

/** Tokens that no header may carry (B97, B102), numbers that no clock knows (B20, B100), and the rest of JSON. */
const value = fc.oneof(
	fc.constantFrom<unknown>(
		null,
		true,
		false,
		"",
		" ",
		canary,
		` ${canary}`,
		`${canary}\r\nx-evil: 1`,
		`${canary}\u0000`,
		`${canary}\u2028`,
		canary.repeat(700),
		"invalid_grant",
		"DPoP",
		-1,
		0,
		7,
		9,
		11,
		12,
		3600,
		1e12,
		1e300,
		"3600",
		"9e99",
		nowMs,
		nowMs / 1_000 + 60,
	),
	fc.jsonValue({ maxDepth: 3 }),
);

const text = fc.oneof(
	fc.constantFrom(
		"",
		"null",
		"[]",
		"{}",
		"<!doctype html><title>Log in</title>",
		'{"__proto__":{"access_token":"x","accessToken":"x"}}',
		'{"constructor":{"prototype":{"access_token":"x"}}}',
		'{"access_token":"a","access_token":',
		`{"access_token":"${canary}`,
		"[".repeat(50_000),
		`${'{"user":'.repeat(20_000)}1${"}".repeat(20_000)}`,
		"\ufeff{}",
		"\u0000",
	),
	fc.string({ unit: "binary" }),
	fc.json(),
);

const headers = fc.record(
	{
		"retry-after": fc.oneof(
			fc.constantFrom(
				"120",
				"-1",
				"1e9",
				"9".repeat(30),
				"Tue",
				new Date(nowMs + 9_000).toUTCString(),
			),
			fc.string(),
		),
		date: fc.oneof(
			fc.constantFrom(new Date(nowMs).toUTCString(), new Date(0).toUTCString()),
			fc.date({ noInvalidDate: true }).map((date) => date.toUTCString()),
			fc.string(),
		),
		age: fc.constantFrom("0", "60", "x"),
		"content-type": fc.constantFrom("application/json", "text/html", ""),
	},
	{ requiredKeys: [] },
);

const status = fc.oneof(
	fc.constantFrom(
		200,
		201,
		204,
		301,
		400,
		401,
		403,
		404,
		408,
		425,
		429,
		500,
		503,
	),
	fc.integer({ min: 100, max: 599 }),
);

const hostile = ({ valid, fields }: Case): fc.Arbitrary<HttpResponse> =>
	fc
		.record({
			status,
			headers,
			body: fc.oneof(
				text,
				fc
					.dictionary(fc.constantFrom(...fields), value)
					.chain((changed) =>
						fc.constantFrom(changed, { ...valid, ...changed }),
					)
					.map((body) => JSON.stringify(body)),
			),
		})
		.map((response) => ({ ...response, headers: { ...response.headers } }));

const parse = (body: string): Fields | null => {
	try {
		const parsed: unknown = JSON.parse(body);
		return typeof parsed === "object" && !Array.isArray(parsed)
			? (parsed as Fields | null)
			: null;
	} catch {
		return null;
	}
};

function expectWellFormed(answer: Answer): void {
	switch (answer.type) {
		case "ok":
			expect(typeof answer.access).toBe("string");
			expect(
				answer.refresh === null || typeof answer.refresh === "string",
			).toBe(true);
			expect(
				answer.lifetimeMs === null || typeof answer.lifetimeMs === "number",
			).toBe(true);
			return;
		case "retryable":
			expect(["unavailable", "bad-response"]).toContain(answer.code);
			expect(
				answer.afterMs === null ||
					((answer.afterMs as number) >= 0 &&
						(answer.afterMs as number) <= 3_600_000),
			).toBe(true);
			break;
		default:
			expect(["rejected", "password-expired", "in-doubt"]).toContain(
				answer.type,
			);
	}
	expect(answer.detail === null || typeof answer.detail === "string").toBe(
		true,
	);
}

const platformOf = (
	send: () => HttpResponse,
): Platform & { readonly reported: unknown[] } => ({
	reported: [],
	nowMs: () => nowMs,
	monotonicMs: () => 0,
	schedule: () => () => {},
	random: () => 0.5,
	send: async () => send(),
});

/** Everything that a program could print of a session and its errors. */
const printed = (...values: unknown[]): string =>
	values
		.map(
			(one) =>
				inspect(one, { depth: Infinity, showHidden: true }) +
				String(one) +
				(one instanceof Error ? one.stack : "") +
				JSON.stringify(one),
		)
		.join();

const turns = async (): Promise<void> => {
	for (let turn = 0; turn < 3; turn++)
		await new Promise((resolve) => setImmediate(resolve));
};

describe.each(Object.entries(cases))(
	"%s, whatever its server answers",
	(_, given) => {
		const { protocol, credentials, valid } = given;

		it("B97-B103 D7 judges every answer, and never by an exception", () => {
			fc.assert(
				fc.property(hostile(given), (response) => {
					for (const exchange of [protocol.signIn, protocol.refresh])
						if (exchange) {
							const answer = exchange.judge(response, context);
							expectWellFormed(answer);
							expect(exchange.judge(response, context)).toEqual(answer);
						}
				}),
				{ numRuns },
			);
		});

		it("B13 B15 ends a session only as documented", () => {
			fc.assert(
				fc.property(hostile(given), (response) => {
					const type = protocol.refresh?.judge(response, context).type;
					if (type === "rejected" || type === "password-expired")
						expect(given.mayEnd(response.status, parse(response.body))).toBe(
							true,
						);
				}),
				{ numRuns },
			);
		});

		it("B24 judges every API answer, and never by an exception", () => {
			fc.assert(
				fc.property(
					hostile(given),
					fc.string(),
					({ status, body }, challenge) => {
						const header = (name: string) =>
							name === "www-authenticate" ? challenge : null;
						const verdict = protocol.judge({ status, header, body });
						expect(typeof verdict).toBe("boolean");
						if (verdict) expect(status).toBeGreaterThanOrEqual(400);
						if (verdict) expect(status).toBeLessThan(500);
					},
				),
				{ numRuns },
			);
		});

		it("B108 rejects a sign-in with an AuthError that tells no token", async () => {
			await fc.assert(
				fc.asyncProperty(hostile(given), async (response) => {
					const auth = createAuth({
						protocol,
						platform: platformOf(() => response),
					});
					const outcome = await auth
						.signIn(credentials)
						.catch((error) => error);
					const { user, ...rest } = auth.state;
					expect(printed(rest, auth.journal)).not.toContain(canary);
					if (outcome instanceof Error) {
						expect(outcome).toMatchObject({ name: "AuthError" });
						expect([
							"rejected",
							"password-expired",
							"unavailable",
							"bad-response",
						]).toContain((outcome as { code?: string }).code);
						expect(printed(outcome)).not.toContain(canary);
						expect(auth.state.status).toBe("unauthenticated");
					} else expect(auth.state.status).toBe("authenticated");
					auth.close();
				}),
				{ numRuns },
			);
		});

		it("B15 keeps the session through every refresh that is no documented end", async () => {
			await fc.assert(
				fc.asyncProperty(hostile(given), async (response) => {
					let next = answerOf(200, valid);
					const auth = createAuth({
						protocol,
						platform: platformOf(() => next),
					});
					await auth.signIn(credentials);
					next = response;
					const refreshed = auth.refresh().catch((error) => error);
					await turns();
					if (auth.state.status === "unauthenticated")
						expect(given.mayEnd(response.status, parse(response.body))).toBe(
							true,
						);
					const { user, ...rest } = auth.state;
					expect(printed(rest, auth.journal)).not.toContain(canary);
					auth.close();
					expect(printed(await refreshed)).not.toContain(`${canary}-`);
				}),
				{ numRuns: 100 },
			);
		});
	},
);

describe("D9 a polluted Object.prototype", () => {
	const polluted = [
		...Object.values(cases).flatMap(({ fields }) => fields),
		"headers",
		"body",
		"method",
		"token",
		"fallback",
		"default",
		"revocationUrl",
		"clientSecret",
		"retry-after",
		"date",
	];
	const prototype = Object.prototype as Record<string, unknown>;

	afterEach(() => {
		for (const name of polluted) delete prototype[name];
	});

	it.each(Object.entries(cases))(
		"does not answer for the server of %s",
		(_, { protocol }) => {
			for (const name of polluted) prototype[name] = "polluted";
			const answers = [
				protocol.signIn.judge(
					{ status: 200, headers: {}, body: "{}" },
					context,
				),
				protocol.signIn.judge(
					{ status: 200, headers: {}, body: "[]" },
					context,
				),
			];
			const verdict = protocol.refresh?.judge(
				{ status: 404, headers: {}, body: "{}" },
				context,
			);
			for (const name of polluted) delete prototype[name];
			for (const answer of answers)
				expect(answer).toMatchObject({
					type: "retryable",
					code: "bad-response",
				});
			expect(verdict).toMatchObject({ type: "retryable", detail: null });
		},
	);

	it.each(Object.entries(cases))(
		"costs nobody the session of %s: a good answer stays one",
		(_, { protocol, valid }) => {
			const response = {
				status: 200,
				headers: {},
				body: JSON.stringify(valid),
			};
			const expected = protocol.signIn.judge(response, context);
			for (const name of polluted) prototype[name] = true;
			const answer = protocol.signIn.judge(response, context);
			for (const name of polluted) delete prototype[name];
			expect(expected.type).toBe("ok");
			expect(answer).toEqual(expected);
		},
	);

	it("adds no endpoint and no client secret to those that were asked for", () => {
		for (const name of polluted) prototype[name] = "https://evil.example";
		const protocol = oauth2({
			baseUrl,
			tokenUrl: "/token",
			grant: "password",
			clientId: "app",
		});
		const { url, method, headers, body } = protocol.signIn.request({
			username: "ann",
			password: canary,
		});
		const { signOut } = protocol;
		for (const name of polluted) delete prototype[name];
		expect(signOut).toBeUndefined();
		expect({ url, method, headers }).toEqual({
			url: `${baseUrl}/token`,
			method: "POST",
			headers: [
				["accept", "application/json"],
				["content-type", "application/x-www-form-urlencoded"],
			],
		});
		expect(body).not.toContain("evil");
	});
});

describe("D9 frozen intrinsics", () => {
	it("change nothing", async () => {
		const { stdout } = await promisify(execFile)(process.execPath, [
			"--frozen-intrinsics",
			"--conditions=source",
			"--disable-warning=ExperimentalWarning",
			fileURLToPath(new URL("./frozen-intrinsics.ts", import.meta.url)),
		]);
		expect(JSON.parse(stdout)).toEqual(["ok", "ok", "ok", "retryable"]);
	});
});
