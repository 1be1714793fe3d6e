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
	/** When the user signed in, however often the tokens have changed since. */
	readonly signedInAtMs: number;
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
}

interface Live<User> extends Stamp {
	readonly session: Session;
	readonly user: User | null;
	/** The access token may be sent. */
	readonly usable: boolean;
	/** Refreshes of this generation, running or failed. */
	readonly attempt: number;
	/**
	 * The last refresh failure of this generation. One that leaves the refresh token in doubt (`in-doubt`, `timeout`) stays
	 * until the doubt is over.
	 */
	readonly failure: Failure | null;
	/** No refresh by itself before this; `Infinity`: never. */
	readonly retryAtMs: number;
	/** When a rejection last started a refresh: the refresh budget counts from here. */
	readonly rejectedAtMs: number;
}

/** The access token may be sent. */
export interface Authenticated<User = unknown> extends Live<User> {
	readonly status: "authenticated";
	readonly usable: true;
	readonly cause: null;
}

/** The token may not be sent, and no refresh is under way. */
export interface Expired<User = unknown> extends Live<User> {
	readonly status: "expired";
	readonly usable: false;
	/** Its time is over, or the API refused it. */
	readonly cause: "lifetime" | "rejected";
}

/** One refresh is under way. `usable`: the old token may still be sent meanwhile. */
export interface Refreshing<User = unknown> extends Live<User> {
	readonly status: "refreshing";
	readonly cause: null;
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
});
