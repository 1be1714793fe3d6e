import { type ArrivalContext, arrivalOf, redactDetail } from "./arrival.ts";
import { AuthError, type AuthErrorCode, isAuthError } from "./auth-error.ts";
import type { Arrival } from "./auth-event.ts";
import type { Session } from "./auth-state.ts";
import { ownMembers } from "./own-members.ts";
import type { Platform } from "./ports.ts";
import type { Answer, Exchange, Protocol, Tokens } from "./protocol.ts";

/** What a token request came to: new tokens, or why there are none. */
export type Outcome =
	| { readonly arrival: Arrival; readonly error?: undefined }
	| { readonly arrival?: undefined; readonly error: AuthError };

/**
 * Asks, and judges the answer. Never rejects, and nothing of the answer gets out but what the protocol says of it.
 * @param previous the session that is renewed; `null` at sign-in
 */
export async function exchange<Input, User>(
	platform: Platform,
	via: Exchange<Input, User>,
	input: Input,
	previous: Session | null,
	context: () => ArrivalContext,
): Promise<Outcome> {
	let answer: Partial<Exclude<Answer, { type: "ok" }>> & {
		readonly code?: AuthErrorCode;
		readonly detail?: string | null;
		readonly afterMs?: number | null;
	} = ownMembers({});
	let cause: unknown;
	let isSent = false;
	try {
		const request = via.request(input);
		isSent = true;
		const response = await platform.send(request);
		try {
			const judged = via.judge(response, { nowMs: platform.nowMs() });
			if (judged.type === "ok") {
				const arrival = arrivalOf(ownMembers(judged), previous, context());
				if (arrival) return ownMembers({ arrival });
			} else answer = ownMembers(judged);
		} catch {
			// what a judge throws may quote the answer (B108)
		}
	} catch (error) {
		if (isAuthError(error)) return ownMembers({ error });
		if (!isSent)
			return ownMembers({
				error: new AuthError("port-failed", { cause: error }),
			});
		cause = error;
		// it may have reached the server, whatever went wrong (B11)
		answer = ownMembers({ type: "in-doubt" });
	}
	const { type, code, detail, afterMs } = answer;
	return ownMembers({
		error: new AuthError(
			type === "retryable"
				? (code ?? "unavailable")
				: type === "rejected" ||
						type === "password-expired" ||
						type === "in-doubt"
					? type
					: "bad-response",
			{ detail: redactDetail(detail), retryAfterMs: afterMs, cause },
		),
	});
}

/** Ends tokens at the server, best effort. @returns whether the server confirmed it */
export async function revoke(
	{ signOut }: Protocol<never, unknown>,
	platform: Platform,
	tokens: Tokens,
): Promise<boolean> {
	try {
		if (!signOut) return false;
		// somebody who leaves the page signs out all the same (B58)
		const request = { ...signOut.request(tokens), keepalive: true };
		return (await platform.send(request)).status < 400;
	} catch {
		return false;
	}
}
