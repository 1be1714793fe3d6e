/** What the Kazunion API says: tokens or nulls, refusals of the kinds that have been seen, JWTs, challenges. */
import { type ApiReply, empty, json } from "./api-message.ts";
import type { Pair } from "./token-ledger.ts";

/** Bodies of refusals are not documented; these have been seen. `null-tokens` is what the documentation implies. */
export type KazunionRefusal =
	| { readonly type: "null-tokens" }
	| {
			readonly type: "problem" | "message" | "Message" | "empty";
			readonly status: number;
	  };

export const tokensReply = (
	pair: Pair | null,
	passwordExpired: boolean,
): ApiReply =>
	json(200, {
		accessToken: pair?.access ?? null,
		refreshToken: pair?.refresh ?? null,
		passwordExpired,
	});

export function refusalOf(refusal: KazunionRefusal, message: string): ApiReply {
	switch (refusal.type) {
		case "null-tokens":
			return tokensReply(null, false);
		case "problem":
			return json(
				refusal.status,
				{
					type: "about:blank",
					title: message,
					status: refusal.status,
					errors: { login: [message] },
				},
				{ "content-type": "application/problem+json; charset=utf-8" },
			);
		case "empty":
			return empty(refusal.status);
		default:
			return json(refusal.status, { [refusal.type]: message });
	}
}

/** RFC 6750 §3, as ASP.NET words it. */
export const challenge = (error?: string, description?: string): ApiReply =>
	empty(401, {
		"www-authenticate": error
			? `Bearer error="${error}", error_description="${description}"`
			: "Bearer",
	});

/** Of the UTF-8 bytes: `btoa` takes none of the letters beyond Latin-1 that a login may have. */
const base64Url = (value: unknown): string =>
	btoa(String.fromCharCode(...new TextEncoder().encode(JSON.stringify(value))))
		.replaceAll("+", "-")
		.replaceAll("/", "_")
		.replaceAll("=", "");

/** A JWT with the times that the API puts into its own. Signed with nothing: the third part only has to be unique. */
export const jwtOf = (
	payload: Readonly<Record<string, unknown>>,
	signature: string,
): string =>
	[base64Url({ alg: "HS256", typ: "JWT" }), base64Url(payload), signature].join(
		".",
	);
