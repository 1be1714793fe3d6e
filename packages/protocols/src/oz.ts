import {
	type Answer,
	defineProtocol,
	lifetimeUntilMs,
	type Protocol,
	parseJson,
} from "@keyturn/core";
import {
	boolean,
	fallback,
	type GenericSchema,
	number,
	string,
	unknown,
} from "valibot";
import { checked } from "./checked.ts";

export interface OzOptions {
	/** Origin of the Oz API server, with a path prefix if it lives under one. */
	readonly baseUrl: string;
}

export interface OzCredentials {
	readonly email: string;
	readonly password: string;
}

/** Who is signed in and what they may start, under the API's own names. `null`: it did not say, or not in that type. */
export interface OzUser {
	readonly user_id: string | null;
	readonly user_type: string | null;
	readonly first_name: string | null;
	readonly last_name: string | null;
	readonly middle_name: string | null;
	readonly email: string | null;
	readonly company_id: string | null;
	readonly is_active: boolean | null;
	readonly can_start_analyse_biometry: boolean | null;
	readonly can_start_analyse_collection: boolean | null;
	readonly can_start_analyse_documents: boolean | null;
	readonly can_start_analyse_quality: boolean | null;
	/** Whatever the server holds there: check it before use. */
	readonly meta_data: unknown;
	/** Whatever the server holds there: check it before use. */
	readonly technical_meta_data: unknown;
}

const credentials = { email: string(), password: string() };

/** The profile is told, not needed: a field that is missing or of another type costs nobody the session. */
const orNull = <Output>(schema: GenericSchema<unknown, Output>) =>
	fallback(schema as GenericSchema<unknown, Output | null>, null);

const text = orNull(string());
const flag = orNull(boolean());
const data = orNull(unknown());

const profile = {
	user_id: text,
	user_type: text,
	first_name: text,
	last_name: text,
	middle_name: text,
	email: text,
	company_id: text,
	is_active: flag,
	can_start_analyse_biometry: flag,
	can_start_analyse_collection: flag,
	can_start_analyse_documents: flag,
	can_start_analyse_quality: flag,
	meta_data: data,
	technical_meta_data: data,
};

const answer = {
	access_token: string(),
	expire_token: string(),
	/** Float seconds since the epoch, on the server's clock; anything else means an unknown lifetime. */
	expire_date: orNull(number()),
	user: data,
};

/** One of the twelve documented codes, or `null`. */
function codeOf(body: unknown): number | null {
	const code = (body as { error_code?: unknown } | null)?.error_code;
	return typeof code === "number" && code >= 0 && code < 12 ? code : null;
}

/**
 * The API of Oz Forensics.
 *
 * The lifetime slides: each accepted request extends it. Tokens travel in `X-Forensic-Access-Token`, which `fetch` would
 * carry to another origin at a redirect, unlike `Authorization`; Keyturn's adapters see to that.
 *
 * @throws AuthError `invalid-option`, naming the option
 */
export function oz({ baseUrl }: OzOptions): Protocol<OzCredentials, OzUser> {
	const authorize = ({ access }: { access: string }) =>
		[["X-Forensic-Access-Token", access]] as const;

	return defineProtocol<OzCredentials, OzUser>({
		name: "oz",
		baseUrl,
		isSliding: true,
		authorize,
		signIn: {
			path: "/api/authorize/auth",
			body: (input) => ({
				credentials: checked(credentials, input, "invalid-option"),
			}),
		},
		refresh: {
			path: "/api/authorize/refresh/",
			headers: authorize,
			body: ({ refresh }) => ({ expire_token: refresh }),
			// 401 "Session not found", 403 the session is somebody else's; 400 says only that we asked wrongly
			rejectedStatuses: [401, 403],
		},
		read(body, facts): Answer<OzUser> {
			const { access_token, expire_token, expire_date, user } = checked(
				answer,
				body,
			);
			return {
				type: "ok",
				access: access_token,
				refresh: expire_token,
				lifetimeMs: lifetimeUntilMs(
					Math.floor((expire_date ?? 0) * 1_000),
					facts,
				),
				// a refresh that says nothing of the user leaves him as he was
				...(typeof user === "object" &&
					user && { user: { ...checked(profile, user) } }),
			};
		},
		readFailure(body, { call, status, body: text }) {
			const code = codeOf(body);
			if (status > 404) return null;
			if (code === null)
				// this API's errors are JSON: a page is a proxy's or a firewall's, and proves nothing of a session (B6)
				return call === "refresh" && /^\s*</.test(text)
					? { type: "retryable", code: "bad-response" }
					: null;
			const isTrouble = code === 0 || code === 11;
			// the server's own troubles are no verdict, nor is it on a session (1 to 5) that we asked wrongly
			return isTrouble || (call === "refresh" && code < 6)
				? {
						type: "retryable",
						code: isTrouble ? "unavailable" : "bad-response",
					}
				: call === "signIn"
					? { type: "rejected" }
					: null;
		},
		judge({ status, body }) {
			if (status < 400 || status > 499) return false;
			if (body === undefined) return "needs-body";
			const code = codeOf(parseJson(body));
			// a 401 without a code is believed: from a proxy, say (B34)
			return code === null ? status === 401 : code > 5 && code < 9;
		},
	});
}
