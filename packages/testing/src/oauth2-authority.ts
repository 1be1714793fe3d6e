/**
 * An OAuth 2.0 server: RFC 6749 password, client credentials and refresh, RFC 7009 revocation, RFC 6750 challenges.
 * Over 200 lines because its endpoints share their clients, and whose tokens are whose.
 */
import { type ApiReply, type ApiRequest, empty, json } from "./api-message.ts";
import type {
	ApiContext,
	Authority,
	AuthorityOptions,
	TokenOutcome,
} from "./authority.ts";
import { readBearer } from "./bearer.ts";
import { createAuthority } from "./create-authority.ts";
import {
	challenge,
	clientOf,
	errorReply,
	formOf,
	grantReply,
	type OAuth2Client,
} from "./oauth2-message.ts";
import type { Held, TokenSession } from "./token-ledger.ts";

export interface OAuth2Account {
	readonly username: string;
	readonly password: string;
	readonly name?: string;
}

export interface OAuth2AuthorityOptions
	extends AuthorityOptions<OAuth2Account> {
	/** Default: `public` (no secret) and `client` with `client_secret`. */
	readonly clients?: readonly OAuth2Client[];
	/** Default `/oauth/token`. */
	readonly tokenPath?: string;
	/** Default `/oauth/revoke`. */
	readonly revocationPath?: string;
	/** Leaves `expires_in` out. Default `false`. */
	readonly isLifetimeHidden?: boolean;
}

export type OAuth2Authority = Authority<OAuth2Account>;

/** A mock of an OAuth 2.0 server with an API beside it. */
export function createOAuth2Authority(
	options: OAuth2AuthorityOptions = {},
): OAuth2Authority {
	const {
		clients = [
			{ id: "public", secret: null },
			{ id: "client", secret: "client_secret" },
		],
		tokenPath = "/oauth/token",
		revocationPath = "/oauth/revoke",
		isLifetimeHidden = false,
		...rest
	} = options;

	/** Whose tokens a session's are. Of nobody in particular: those that were issued without a request. */
	const owners = new WeakMap<TokenSession, OAuth2Client>();
	const isForeign = (held: Held | undefined, client: OAuth2Client): boolean =>
		held !== undefined && (owners.get(held.session) ?? client) !== client;

	const granted = (held: Held, nowMs: number, withRefresh: boolean): ApiReply =>
		grantReply(
			held,
			isLifetimeHidden
				? null
				: // rounded: a millisecond may have passed since the token was made
					Math.round((held.pair.expiresAtMs - nowMs) / 1_000),
			withRefresh,
		);

	function answerToken(
		request: ApiRequest,
		{ ledger, account, nowMs }: ApiContext<OAuth2Account>,
	): TokenOutcome {
		const form = formOf(request);
		const grant = form.get("grant_type");
		const type =
			grant === "refresh_token" ? "refresh-refused" : "sign-in-refused";
		const refused = (error: string, description?: string): TokenOutcome => ({
			type,
			reply: errorReply(error, description),
		});
		if (!grant) return refused("invalid_request", "grant_type is missing");
		const client = clientOf(clients, request, form);
		if (!client) return refused("invalid_client", "Unknown client");
		switch (grant) {
			case "password": {
				const username = form.get("username") ?? "";
				if (account(username)?.password !== form.get("password"))
					return {
						...refused("invalid_grant", "Wrong user name or password"),
						account: username,
					};
				const held = ledger.open(username, null);
				owners.set(held.session, client);
				return { type: "signed-in", held, reply: granted(held, nowMs(), true) };
			}
			case "client_credentials": {
				if (client.secret === null) return refused("unauthorized_client");
				// §4.4.3: no refresh token
				const held = ledger.open(client.id, null, false);
				owners.set(held.session, client);
				return {
					type: "signed-in",
					held,
					reply: granted(held, nowMs(), false),
				};
			}
			case "refresh_token": {
				const token = form.get("refresh_token");
				if (!token)
					return refused("invalid_request", "refresh_token is missing");
				const known = ledger.find(token);
				// §6: a refresh token is bound to the client that it was issued to
				if (isForeign(known, client))
					return refused("invalid_grant", "Issued to another client");
				const old = known?.pair.refresh;
				const verdict = ledger.renew(token);
				if (verdict.type !== "renewed")
					return {
						...refused("invalid_grant", "The refresh token is not valid"),
						type:
							verdict.type === "used" ? "reuse-detected" : "refresh-refused",
						held: verdict.type === "unknown" ? null : verdict.held,
					};
				return {
					type: verdict.isRepeat ? "refresh-repeated" : "refreshed",
					held: verdict,
					// §6: only a new one is given
					reply: granted(verdict, nowMs(), verdict.pair.refresh !== old),
				};
			}
			default:
				return refused("unsupported_grant_type");
		}
	}

	return createAuthority<OAuth2Account>(
		{
			api: "oauth2",
			policy: {
				lifetimeMs: 3_600_000,
				refreshLifetimeMs: null,
				isSliding: false,
				refreshTokens: "single-use",
				reuseIntervalMs: 0,
				isReuseDetected: true,
				oldAccess: "until-expiry",
			},
			accounts: [
				{ username: "user", password: "password" },
				{ username: "other", password: "other", name: "Grace Hopper" },
			],
			loginOf: ({ username }) => username,
			tokenRoutes: [
				{
					path: tokenPath.toLowerCase(),
					kind: "sign-in",
					kindOf: ({ body }) =>
						/(^|&)grant_type=refresh_token(&|$)/.test(body)
							? "refresh"
							: "sign-in",
					answer: answerToken,
				},
				{
					path: revocationPath.toLowerCase(),
					kind: "sign-out",
					answer(request, { ledger }) {
						const form = formOf(request);
						const type = "signed-out";
						const refused = (error: string): TokenOutcome => ({
							type: "bad-request",
							reply: errorReply(error),
						});
						const client = clientOf(clients, request, form);
						if (!client) return refused("invalid_client");
						const held = ledger.find(form.get("token") ?? "");
						// RFC 7009 §2.1
						if (isForeign(held, client)) return refused("unauthorized_client");
						if (held) held.session.isRevoked = true;
						// RFC 7009 §2.2: an unknown token is no error
						return { type, reply: empty(200), held: held ?? null };
					},
				},
			],
			routes: [
				{
					path: "/api/me",
					answer: ({ caller }) =>
						json(200, {
							sub: caller?.session.account,
							name: caller?.account?.name ?? null,
						}),
				},
			],
			readToken: readBearer,
			refuseToken: ({ type }) =>
				challenge(401, type === "missing" ? undefined : "invalid_token"),
			refuse: () => challenge(401, "invalid_token"),
			forbid: () => challenge(403, "insufficient_scope"),
			fail: (status) => json(status, { error: "server_error" }),
			newToken: (kind, session, { generation, token }) =>
				token(`oauth2-${kind}-${session.id}-${generation}`),
		},
		rest,
	);
}
