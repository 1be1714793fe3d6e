import { ownMembers } from "./own-members.ts";

/**
 * Why a call failed. Stable: new codes may come in a minor version, none changes its meaning.
 *
 * - `rejected`: the API refused the credentials, or ended the session by refusing its refresh token
 * - `password-expired`: the API wants a new password before it gives tokens
 * - `signed-out`: there is no session, and the call needs one
 * - `session-ended`: the session cannot be renewed any more (no refresh token, or its absolute limit has passed)
 * - `superseded`: a newer sign-in or another account took this call's place
 * - `unavailable`: the token endpoint could not be reached or said "later"; see `retryAfterMs`
 * - `bad-response`: the token endpoint answered something that its protocol does not know
 * - `in-doubt`: the answer to a refresh was lost; the server may or may not have used up the refresh token
 * - `timeout`: the deadline of this call passed; the refresh itself goes on
 * - `port-failed`: a store, coordinator or platform threw; `cause` has its error
 * - `invalid-option`: a mistake in the calling code; the message names the option
 * - `closed`: `close()` was called
 */
export type AuthErrorCode =
	| "rejected"
	| "password-expired"
	| "signed-out"
	| "session-ended"
	| "superseded"
	| "unavailable"
	| "bad-response"
	| "in-doubt"
	| "timeout"
	| "port-failed"
	| "invalid-option"
	| "closed";

export interface AuthErrorOptions {
	/** What the API said in words, already shortened and cleaned of anything that looks like a token. */
	readonly detail?: string | null | undefined;
	/** Milliseconds until trying again makes sense; `null` when nobody said. */
	readonly retryAfterMs?: number | null | undefined;
	readonly cause?: unknown;
}

/** Shared by every copy of this package in a process, so that two bundles recognise each other's errors. */
const brand: unique symbol = Symbol.for("keyturn.AuthError") as never;

/** The only error class of Keyturn. It never holds a token, a request or a response body. */
export class AuthError extends Error {
	override readonly name: string = "AuthError";
	readonly code: AuthErrorCode;
	/** What the API said in words (a wrong password, say), for people to read; `null` when it said nothing. */
	readonly detail: string | null;
	readonly retryAfterMs: number | null;

	constructor(code: AuthErrorCode, options?: AuthErrorOptions) {
		const { detail, retryAfterMs, cause } = ownMembers(options);
		super(
			detail ? `${code}: ${detail}` : code,
			cause === undefined ? undefined : { cause },
		);
		this.code = code;
		this.detail = detail ?? null;
		this.retryAfterMs = retryAfterMs ?? null;
	}

	get [brand](): true {
		return true;
	}
}

/** Tells an {@link AuthError} also when it comes from another realm or another copy of this package. */
export function isAuthError(value: unknown): value is AuthError {
	return (
		typeof value === "object" &&
		value !== null &&
		(value as { [brand]?: true })[brand] === true
	);
}
