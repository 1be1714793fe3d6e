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
import type { Held } from "./token-ledger.ts";

export interface OzAccount {
	readonly email: string;
	readonly password: string;
	/** Service accounts get five years instead of 15 minutes. */
	readonly isService?: boolean;
	readonly firstName?: string;
	readonly lastName?: string;
	readonly userType?: string;
	/** Default: derived from the email. */
	readonly userId?: string;
	/** Fields of the `user` object that replace the usual ones. */
	readonly profile?: Readonly<Record<string, unknown>>;
}

export interface OzAuthorityOptions extends AuthorityOptions<OzAccount> {
	/** A wrong password is answered with this; the documentation does not say. Default 403, code 9. */
	readonly signInRefusal?: {
		readonly status: number;
		readonly errorCode: number;
	};
}

export type OzAuthority = Authority<OzAccount>;

const serviceLifetimeMs = 5 * 365 * 86_400_000;

const messages: Readonly<Record<number, string>> = {
	0: "Unknown server error",
	1: "Action is not allowed",
	3: "Invalid structure of the request",
	6: "Access token is not given",
	7: "Access token does not exist",
	8: "Access token has expired",
	9: "Forbidden for this user",
	10: "Resource not found",
	11: "External service failed",
};

const problem = (
	status: number,
	errorCode: number,
	message: string = messages[errorCode] ?? "Error",
): ApiReply =>
	json(status, {
		error_code: errorCode,
		error_message: message,
		details: null,
	});

/** A made-up identifier in the documented form, always the same for the same text. */
function uuidOf(text: string): string {
	let hex = "";
	for (let round = 0; round < 4; round++) {
		let hash = 0x811c9dc5 + round;
		for (const char of text)
			hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193);
		hex += (hash >>> 0).toString(16).padStart(8, "0");
	}
	return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

const profileOf = (account: OzAccount): Readonly<Record<string, unknown>> => ({
	technical_meta_data: {},
	meta_data: {},
	user_id: account.userId ?? uuidOf(account.email),
	user_type: account.userType ?? (account.isService ? "SERVICE" : "OPERATOR"),
	first_name: account.firstName ?? "Ada",
	last_name: account.lastName ?? "Lovelace",
	middle_name: "",
	email: account.email,
	is_active: true,
	can_start_analyse_biometry: true,
	can_start_analyse_collection: true,
	can_start_analyse_documents: true,
	can_start_analyse_quality: true,
	company_id: uuidOf("company"),
	...account.profile,
});

const deviceInfo = {
	device_family: "Other",
	device_platform: "Other",
	device_os: "Other",
	app_version: "1.0.0",
	app_build: null,
	device_locale: null,
	sdk_version: "1.0.0",
	sdk_build: null,
	bundle_id: "",
};

const pairReply = (
	account: OzAccount,
	{ session, pair }: Held,
	old: string | null,
): ApiReply =>
	json(200, {
		access_token: pair.access,
		expire_token: pair.refresh,
		// float seconds, finer than a millisecond, as the API gives them
		expire_date: pair.expiresAtMs / 1_000 + 0.000_25,
		session_id: session.id,
		user_id: profileOf(account).user_id,
		old_access_token: old,
		technical_meta_data: {},
		device_info: deviceInfo,
		user: profileOf(account),
	});

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
