import type { HttpResponse, Tokens } from "@keyturn/core";
import { Secret } from "@keyturn/core";

export const nowMs: number = Date.UTC(2026, 6, 1, 12, 0, 0);
export const context: { readonly nowMs: number } = { nowMs };

export const tokens: Tokens = {
	access: new Secret("kt-canary-access-0"),
	refresh: new Secret("kt-canary-refresh-0"),
};

/** An HTTP answer with a body as given, or as JSON. */
export function answerOf(
	status: number,
	body: unknown,
	headers: Record<string, string> = {},
): HttpResponse {
	return {
		status,
		headers,
		body: typeof body === "string" ? body : JSON.stringify(body),
	};
}

/** A JWT that nobody signed. */
export function jwtOf(claims: unknown): string {
	const part = (value: unknown) =>
		Buffer.from(JSON.stringify(value)).toString("base64url");
	return `${part({ alg: "none" })}.${part(claims)}.c2lnbmF0dXJl`;
}
