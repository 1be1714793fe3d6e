/** The Oz API as its documentation has it: JSON sign-in, a pair of opaque tokens, sliding expiry, numbered errors. */
import {
	type ApiReply,
	type ApiRequest,
	json,
	readObject,
} from "./api-message.ts";
import type {
	ApiContext,
	ApiRules,
	Authority,
	AuthorityOptions,
	TokenOutcome,
} from "./authority.ts";
import { createAuthority } from "./create-authority.ts";
import {
	type OzAccount,
	pairReply,
	problem,
	profileOf,
	uuidOf,
} from "./oz-answer.ts";
import type { Held } from "./token-ledger.ts";

export interface OzAuthorityOptions extends AuthorityOptions<OzAccount> {
	/** A wrong password is answered with this; the documentation does not say. Default 403, code 9. */
	readonly signInRefusal?: {
		readonly status: number;
		readonly errorCode: number;
	};
}

export type OzAuthority = Authority<OzAccount>;

const serviceLifetimeMs = 5 * 365 * 86_400_000;

const isJson = ({ headers }: ApiRequest): boolean =>
	headers["content-type"]?.startsWith("application/json") ?? false;

const readToken = ({ headers }: ApiRequest): string | null =>
	headers["x-forensic-access-token"] || null;

function refresh(
	request: ApiRequest,
	{ ledger, account }: ApiContext<OzAccount>,
): TokenOutcome {
	const refused = (reply: ApiReply, held?: Held | null): TokenOutcome => ({
		type: "refresh-refused",
		reply,
		held: held ?? null,
	});
	const token = isJson(request)
		? readObject(request.body)?.expire_token
		: undefined;
	if (typeof token !== "string" || !token)
		return refused(problem(400, 3, "expire_token is required"));
	const access = readToken(request);
	if (!access) return refused(problem(401, 6));
	const caller = ledger.find(access);
	const owned = ledger.find(token);
	// an expired or replaced access token still says who calls
	if (caller?.pair.access !== access) return refused(problem(401, 7));
	if (owned && owned.session.account !== caller.session.account)
		return refused(problem(403, 9), owned);
	const verdict = ledger.renew(token);
	if (verdict.type !== "renewed")
		return {
			type: verdict.type === "used" ? "reuse-detected" : "refresh-refused",
			reply: problem(401, 10, "Session not found"),
			held: verdict.type === "unknown" ? null : verdict.held,
		};
	return {
		type: verdict.isRepeat ? "refresh-repeated" : "refreshed",
		reply: pairReply(
			account(verdict.session.account) as OzAccount,
			verdict,
			access,
		),
		held: verdict,
	};
}

const rulesOf = (
	refusal: Required<OzAuthorityOptions>["signInRefusal"],
): ApiRules<OzAccount> => ({
	api: "oz",
	policy: {
		lifetimeMs: 15 * 60_000,
		refreshLifetimeMs: null,
		isSliding: true,
		refreshTokens: "single-use",
		reuseIntervalMs: 0,
		isReuseDetected: true,
		oldAccess: "until-new-used",
	},
	accounts: [
		{ email: "user_email", password: "user_password" },
		{ email: "other_email", password: "other_password", firstName: "Grace" },
		{
			email: "service_email",
			password: "service_password",
			isService: true,
		},
	],
	loginOf: ({ email }) => email,
	lifetimeOf: ({ isService }) => (isService ? serviceLifetimeMs : null),
	tokenRoutes: [
		{
			path: "/api/authorize/auth",
			kind: "sign-in",
			answer(request, { ledger, account }) {
				const credentials = isJson(request)
					? (readObject(request.body)?.credentials as
							| Partial<Record<string, unknown>>
							| undefined)
					: undefined;
				const { email, password } = credentials ?? {};
				if (typeof email !== "string" || typeof password !== "string")
					return { type: "sign-in-refused", reply: problem(400, 3) };
				const found = account(email);
				if (found?.password !== password)
					return {
						type: "sign-in-refused",
						account: email,
						reply: problem(
							refusal.status,
							refusal.errorCode,
							"Wrong email or password",
						),
					};
				const held = ledger.open(
					email,
					found.isService ? serviceLifetimeMs : null,
				);
				return { type: "signed-in", held, reply: pairReply(found, held, null) };
			},
		},
		{ path: "/api/authorize/refresh", kind: "refresh", answer: refresh },
	],
	routes: [
		{
			path: "/api/users/me",
			answer: ({ caller }) =>
				json(200, caller?.account && profileOf(caller.account)),
		},
		{
			path: "/api/folders",
			answer: ({ caller }) =>
				json(200, {
					total: 1,
					items: [
						{
							folder_id: uuidOf("folder"),
							user_id: caller?.account && profileOf(caller.account).user_id,
							resolution_status: "FINISHED",
						},
					],
				}),
		},
	],
	readToken,
	refuseToken: ({ type }) =>
		problem(401, type === "missing" ? 6 : type === "expired" ? 8 : 7),
	refuse: () => problem(401, 7),
	forbid: () => problem(403, 9),
	fail: (status) =>
		problem(
			status,
			status === 404 ? 10 : status === 403 ? 9 : status >= 500 ? 0 : 1,
		),
	newToken: (kind, session, { generation, token }) =>
		token(`oz-${kind}-${session.id}-${generation}`),
});

/** A mock of the Oz API: `POST /api/authorize/auth` and `/refresh`, with or without a slash at the end. */
export function createOzAuthority(
	options: OzAuthorityOptions = {},
): OzAuthority {
	const { signInRefusal = { status: 403, errorCode: 9 }, ...rest } = options;
	return createAuthority(rulesOf(signInRefusal), rest);
}
