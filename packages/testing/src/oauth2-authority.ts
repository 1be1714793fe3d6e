/** An OAuth 2.0 server: RFC 6749 password, client credentials and refresh, RFC 7009 revocation, RFC 6750 challenges. */
import { type ApiReply, type ApiRequest, empty, json } from "./api-message.ts";
import type {
	ApiContext,
	Authority,
	AuthorityOptions,
	TokenOutcome,
} from "./authority.ts";
import { readBearer } from "./bearer.ts";
import { createAuthority } from "./create-authority.ts";
import type { Held } from "./token-ledger.ts";

export interface OAuth2Account {
	readonly username: string;
	readonly password: string;
	readonly name?: string;
}

export interface OAuth2Client {
	readonly id: string;
	/** `null`: a public client. */
	readonly secret: string | null;
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

const noStore = { "cache-control": "no-store", pragma: "no-cache" };

/** RFC 6749 §5.2 */
const errorReply = (error: string, description?: string): ApiReply =>
	error === "invalid_client"
		? json(
				401,
				{ error, error_description: description },
				{ ...noStore, "www-authenticate": 'Basic realm="mock"' },
			)
		: json(400, { error, error_description: description }, noStore);

function readClient(
	{ headers }: ApiRequest,
	form: URLSearchParams,
): { id: string | null; secret: string | null } {
	const basic = /^basic +(\S+)$/i.exec(headers.authorization ?? "")?.[1];
	if (basic === undefined)
		return { id: form.get("client_id"), secret: form.get("client_secret") };
	try {
		const [id = "", secret = ""] = atob(basic)
			.split(":")
			// RFC 6749 §2.3.1: both are form-encoded before they are joined
			.map((part) => decodeURIComponent(part.replaceAll("+", " ")));
		return { id, secret };
	} catch {
		return { id: null, secret: null };
	}
}

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

	const isForm = ({ headers }: ApiRequest) =>
		headers["content-type"]?.startsWith("application/x-www-form-urlencoded") ??
		false;

	/** @returns `undefined`: not a client of ours, or its secret is wrong */
	function clientOf(
		request: ApiRequest,
		form: URLSearchParams,
	): OAuth2Client | undefined {
		const { id, secret } = readClient(request, form);
		const client = clients.find((one) => one.id === id);
		return client && (client.secret === null || client.secret === secret)
			? client
			: undefined;
	}

	const granted = (
		{ session, pair }: Held,
		nowMs: number,
		withRefresh: boolean,
	): ApiReply =>
		json(
			200,
			{
				access_token: pair.access,
				token_type: "Bearer",
				...(!isLifetimeHidden && {
					expires_in: Math.floor((pair.expiresAtMs - nowMs) / 1_000),
				}),
				...(session.hasRefresh &&
					withRefresh && { refresh_token: pair.refresh }),
			},
			noStore,
		);

	function answerToken(
		request: ApiRequest,
		{ ledger, account, nowMs }: ApiContext<OAuth2Account>,
	): TokenOutcome {
		const form = new URLSearchParams(isForm(request) ? request.body : "");
		const grant = form.get("grant_type");
		const type =
			grant === "refresh_token" ? "refresh-refused" : "sign-in-refused";
		const refused = (error: string, description?: string): TokenOutcome => ({
			type,
			reply: errorReply(error, description),
		});
		if (!grant) return refused("invalid_request", "grant_type is missing");
		const client = clientOf(request, form);
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
				return { type: "signed-in", held, reply: granted(held, nowMs(), true) };
			}
			case "client_credentials": {
				if (client.secret === null) return refused("unauthorized_client");
				// §4.4.3: no refresh token
				const held = ledger.open(client.id, null, false);
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
				const old = ledger.find(token)?.pair.refresh;
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

	const challenge = (status: number, error?: string): ApiReply =>
		empty(status, {
			"www-authenticate": error
				? `Bearer realm="mock", error="${error}"`
				: 'Bearer realm="mock"',
		});

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
						const form = new URLSearchParams(
							isForm(request) ? request.body : "",
						);
						const type = "signed-out";
						if (!clientOf(request, form))
							return {
								type: "bad-request",
								reply: errorReply("invalid_client"),
							};
						const held = ledger.find(form.get("token") ?? "");
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
