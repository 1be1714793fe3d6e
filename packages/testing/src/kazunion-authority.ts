/**
 * The Kazunion integration API as its documentation has it: null tokens, `passwordExpired`, JWTs, 30 days.
 * Over 200 lines because the two endpoints and their outcomes are one subject.
 */
import {
	type ApiReply,
	type ApiRequest,
	empty,
	json,
	readObject,
} from "./api-message.ts";
import type { Authority, AuthorityOptions, TokenOutcome } from "./authority.ts";
import { readBearer } from "./bearer.ts";
import { createAuthority } from "./create-authority.ts";
import {
	challenge,
	jwtOf,
	type KazunionRefusal,
	refusalOf,
	tokensReply,
} from "./kazunion-answer.ts";

export interface KazunionAccount {
	readonly login: string;
	readonly password: string;
	/**
	 * - `with-tokens`: signs in, and says that the password has expired
	 * - `without-tokens`: says so and gives none
	 */
	readonly passwordExpired?: "with-tokens" | "without-tokens";
	readonly name?: string;
}

export interface KazunionAuthorityOptions
	extends AuthorityOptions<KazunionAccount> {
	/** The answer to a wrong password. Default `null-tokens`. */
	readonly signInRefusal?: KazunionRefusal;
	/** The answer to a dead refresh token. Default an ASP.NET problem with status 401. */
	readonly refreshRefusal?: KazunionRefusal;
	/** Default `jwt`: with `iat` and `exp`. `opaque`: no lifetime to be read anywhere. */
	readonly accessTokens?: "jwt" | "opaque";
}

export type KazunionAuthority = Authority<KazunionAccount>;

const unsupported = (request: ApiRequest): ApiReply | undefined =>
	request.headers["content-type"]?.startsWith("application/json")
		? undefined
		: refusalOf({ type: "problem", status: 415 }, "Unsupported Media Type");

const sections = [
	{ id: 1, name: "Hotels" },
	{ id: 2, name: "Flights" },
	{ id: 3, name: "Excursions" },
];

/** A mock of the Kazunion API: `POST /api/Auth/Auth` and `/api/Auth/RefreshToken`. */
export function createKazunionAuthority(
	options: KazunionAuthorityOptions = {},
): KazunionAuthority {
	const {
		signInRefusal = { type: "null-tokens" },
		refreshRefusal = { type: "problem", status: 401 },
		accessTokens = "jwt",
		...rest
	} = options;
	return createAuthority<KazunionAccount>(
		{
			api: "kazunion",
			policy: {
				lifetimeMs: 43_200 * 60_000,
				refreshLifetimeMs: 2_591_968_000,
				isSliding: false,
				refreshTokens: "single-use",
				reuseIntervalMs: 0,
				isReuseDetected: true,
				oldAccess: "until-expiry",
			},
			accounts: [
				{ login: "string", password: "string" },
				{ login: "other", password: "other", name: "Grace Hopper" },
				{
					login: "expired",
					password: "expired",
					passwordExpired: "with-tokens",
				},
				{
					login: "locked",
					password: "locked",
					passwordExpired: "without-tokens",
				},
			],
			loginOf: ({ login }) => login,
			tokenRoutes: [
				{
					path: "/api/auth/auth",
					kind: "sign-in",
					answer(request, { ledger, account }): TokenOutcome {
						const { login, password } = readObject(request.body) ?? {};
						const type = "sign-in-refused";
						const early = unsupported(request);
						if (early) return { type, reply: early };
						if (typeof login !== "string" || typeof password !== "string")
							return {
								type,
								reply: refusalOf(
									{ type: "problem", status: 400 },
									"login and password are required",
								),
							};
						const found = account(login);
						if (found?.password !== password)
							return {
								type,
								account: login,
								reply: refusalOf(signInRefusal, "Wrong login or password"),
							};
						if (found.passwordExpired === "without-tokens")
							return { type, account: login, reply: tokensReply(null, true) };
						const held = ledger.open(login, null);
						return {
							type: "signed-in",
							held,
							reply: tokensReply(
								held.pair,
								found.passwordExpired !== undefined,
							),
						};
					},
				},
				{
					path: "/api/auth/refreshtoken",
					kind: "refresh",
					answer(request, { ledger, account }): TokenOutcome {
						const early = unsupported(request);
						if (early) return { type: "refresh-refused", reply: early };
						const token = readObject(request.body)?.refreshToken;
						if (typeof token !== "string")
							return {
								type: "refresh-refused",
								reply: refusalOf(
									{ type: "problem", status: 400 },
									"refreshToken is required",
								),
							};
						const verdict = ledger.renew(token);
						if (verdict.type !== "renewed")
							return {
								type:
									verdict.type === "used"
										? "reuse-detected"
										: "refresh-refused",
								reply: refusalOf(refreshRefusal, "Invalid refresh token"),
								held: verdict.type === "unknown" ? null : verdict.held,
							};
						const found = account(verdict.session.account);
						if (found?.passwordExpired === "without-tokens")
							return {
								type: "refresh-refused",
								reply: tokensReply(null, true),
								held: verdict,
							};
						return {
							type: verdict.isRepeat ? "refresh-repeated" : "refreshed",
							reply: tokensReply(
								verdict.pair,
								found?.passwordExpired !== undefined,
							),
							held: verdict,
						};
					},
				},
			],
			routes: [
				{ path: "/api/sections", answer: () => json(200, sections) },
				{
					path: "/api/users/current",
					answer: ({ caller }) =>
						json(200, {
							login: caller?.session.account,
							name: caller?.account?.name ?? "Ada Lovelace",
						}),
				},
			],
			readToken: readBearer,
			refuseToken: ({ type }) =>
				type === "missing"
					? challenge()
					: challenge(
							"invalid_token",
							type === "expired"
								? "The token has expired"
								: "The token is not valid",
						),
			refuse: () => challenge("invalid_token", "The token is not valid"),
			forbid: () => empty(403),
			fail: (status) => refusalOf({ type: "problem", status }, "Error"),
			newToken(kind, session, details) {
				const { generation, issuedAtMs, expiresAtMs } = details;
				const token = details.token(
					`kazunion-${kind}-${session.id}-${generation}`,
				);
				if (kind === "refresh" || accessTokens === "opaque") return token;
				return jwtOf(
					{
						sub: session.account,
						jti: `${session.id}-${generation}`,
						iat: Math.floor(issuedAtMs / 1_000),
						exp: Math.floor(expiresAtMs / 1_000),
					},
					token,
				);
			},
		},
		rest,
	);
}
