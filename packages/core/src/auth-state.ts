import type { AuthErrorCode } from "./auth-error.ts";
import type { Stamp } from "./ports.ts";
import type { Tokens } from "./protocol.ts";

/**
 * All times are on the session clock: milliseconds since `createAuth`, monotonic, sleep included.
 * `Infinity` means never. Compare them with `auth.nowMs()`.
 */
export interface Session {
	readonly tokens: Tokens;
	/** When the tokens arrived; for a sliding session, when it was last extended. */
	readonly receivedAtMs: number;
	/** From `receivedAtMs`; `null`: unknown, renewed only after a rejection. */
	readonly lifetimeMs: number | null;
	/** From here on the session renews in the background; the token is still sent. */
	readonly shouldRefreshAtMs: number;
	/** From here on requests wait for the renewal. */
	readonly mustRefreshAtMs: number;
	/** The absolute limit of the session, however often it is renewed. */
	readonly endsAtMs: number;
	readonly isRefreshable: boolean;
	/** The API says that the password has expired although it gave tokens (Kazunion). */
	readonly isPasswordExpired: boolean;
}

/** Why the last refresh failed. */
export interface Failure {
	readonly code: AuthErrorCode;
	readonly detail: string | null;
}

export type UnauthenticatedReason =
	| "initial"
	| "signed-out"
	| "signed-out-elsewhere"
	| "rejected"
	| "password-expired"
	| "session-ended";

/** No usable session. Never holds tokens. */
export interface Unauthenticated extends Stamp {
	readonly status: "unauthenticated";
	readonly reason: UnauthenticatedReason;
	/** `restoring`: the store has not been read yet. */
	readonly pending: null | "restoring" | "signing-in";
	/** What ended the last session; `null` when it was not a failure. */
	readonly failure: Failure | null;
	readonly user: null;
	/** Number of the sign-in under way; 0: none. */
	readonly signInAttempt: number;
}

interface Live<User> extends Stamp {
	readonly session: Session;
	readonly user: User | null;
	/** Failed or running refreshes of this generation. */
	readonly attempt: number;
	/** The last refresh failure of this generation. */
	readonly failure: Failure | null;
	/** An answer to a refresh of this generation was lost: the refresh token may be used up. */
	readonly isInDoubt: boolean;
	/** `false`: the store refused the tokens; they live in memory only. */
	readonly isPersisted: boolean;
	/** When a rejection last started a refresh; the refresh budget counts from here. */
	readonly rejectedAtMs: number;
	readonly signInAttempt: number;
}

/** The access token may be sent. */
export interface Authenticated<User = unknown> extends Live<User> {
	readonly status: "authenticated";
	/** No background refresh before this. */
	readonly retryAtMs: number;
}

/** The token may not be sent, and no refresh is under way. */
export interface Expired<User = unknown> extends Live<User> {
	readonly status: "expired";
	readonly cause: "lifetime" | "rejected";
	/** When the next refresh may start; `Infinity`: only when asked for, or never (`session.isRefreshable`). */
	readonly retryAtMs: number;
}

/** One refresh is under way. */
export interface Refreshing<User = unknown> extends Live<User> {
	readonly status: "refreshing";
	/** The old token may still be sent meanwhile. */
	readonly usable: boolean;
}

export type AuthState<User = unknown> =
	| Unauthenticated
	| Authenticated<User>
	| Expired<User>
	| Refreshing<User>;

export type Status = AuthState["status"];

/** Before the store has been read, and on every server: one constant, so that a hydrated page never flickers. */
export const initialState: Unauthenticated = /* @__PURE__ */ Object.freeze({
	status: "unauthenticated",
	reason: "initial",
	pending: "restoring",
	failure: null,
	user: null,
	epoch: 0,
	generation: 0,
	signInAttempt: 0,
});
