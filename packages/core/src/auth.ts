import type { AuthState } from "./auth-state.ts";
import type { SessionStore } from "./define-store.ts";
import type { JournalEntry } from "./journal.ts";
import type {
	AbortSignalLike,
	Coordinator,
	Header,
	Platform,
	Signals,
	Stamp,
} from "./ports.ts";
import type { Protocol } from "./protocol.ts";

/** All durations in milliseconds. */
export interface RefreshPolicy {
	/**
	 * Renew by timer, before anybody asks. `false` starts no refresh timer at all: the session renews when it is used
	 * (servers). Default `true`.
	 */
	readonly eager?: boolean;
	/** How long before the end a background refresh starts. Default a fifth of the lifetime, at most 5 minutes; never more than half. */
	readonly shouldMarginMs?: number;
	/** How long before the end requests wait for it. Default a twentieth of the lifetime, at most 10 s; never more than half. */
	readonly mustMarginMs?: number;
	/** How long one token request may take; its late answer still counts. Default 10,000. */
	readonly timeoutMs?: number;
	/** How long a request, `refresh()` or `signIn()` waits before it rejects with `timeout`. Default 10,000. */
	readonly deadlineMs?: number;
	/** How long to wait for other tabs or processes. Longer than `timeoutMs`. Default 15,000. */
	readonly lockWaitMs?: number;
	/** At most one refresh per this time because the API rejected a token. Default 10,000. */
	readonly minIntervalMs?: number;
}

export interface AuthOptions<Credentials, User> {
	readonly protocol: Protocol<Credentials, User>;
	/** `webPlatform()` of `@keyturn/fetch`, or `virtualPlatform()` of `@keyturn/testing`. */
	readonly platform: Platform;
	/** Where the session lives besides memory; `defineStore` makes one. Default: nowhere. */
	readonly store?: SessionStore | undefined;
	/** Who else holds the session. Default: nobody. */
	readonly coordinator?: Coordinator | undefined;
	/** What wakes it. Default: nothing. */
	readonly signals?: Signals | undefined;
	readonly refresh?: RefreshPolicy;
	/** The longest life of a session, ms from sign-in, however often it renews. Default: no limit. */
	readonly maxSessionMs?: number;
	/** Entries that the journal keeps, give or take 20. Default 100. */
	readonly journalLimit?: number;
	/**
	 * Called with what would otherwise vanish: an error thrown by a listener (as it is), a failing store (`AuthError`
	 * `port-failed`). Default: a listener's error is thrown from a timer, so that the runtime reports it. What `onError`
	 * throws is an unhandled rejection, and harms no session.
	 */
	readonly onError?: (error: unknown) => void;
}

/** What one request needs. */
export interface Grant extends Stamp {
	readonly headers: readonly Header[];
	/** Session clock when it was given. */
	readonly atMs: number;
}

export interface WaitOptions {
	/** Frees this caller at once with the signal's reason; a refresh under way goes on for the others. */
	readonly signal?: AbortSignalLike | null | undefined;
}

export interface AuthorizeOptions extends WaitOptions {
	/** Reject with `signed-out` instead of letting the request go out bare. */
	readonly required?: boolean | undefined;
}

export interface SignOutResult {
	/** `false`: the store could not be told; it may give the session back at the next start (B76). */
	readonly isForgotten: boolean;
	/** Did the server confirm the revocation? `null`: the protocol has none, or there was nothing to revoke. */
	readonly isRevoked: boolean | null;
}

/** A session. All methods may be called in any state; none needs `this`. */
export interface Auth<Credentials = unknown, User = unknown> {
	/** Immutable; the same reference until something changes. */
	readonly state: AuthState<User>;
	/** Settles when the store has been read; never rejects. */
	readonly ready: Promise<void>;
	/** `false`: the store failed last time; the session lives in memory, and the next write tries again (B71). */
	readonly isPersisted: boolean;
	readonly protocol: Protocol<Credentials, User>;
	/** The session clock that all `...AtMs` of the state are on. */
	nowMs(): number;
	/** Calls back after each change, effects and waiting requests first. @returns unsubscribes */
	subscribe(listener: () => void): () => void;
	/**
	 * Signs in; an older sign-in under way rejects with `superseded`. A session that was there stays until this succeeds.
	 * @throws AuthError `rejected`, `password-expired`, `unavailable`, `bad-response`, `timeout`, `superseded`, `invalid-option`, `closed`
	 */
	signIn(
		credentials: Credentials,
		options?: WaitOptions,
	): Promise<AuthState<User>>;
	/** Ends the session here, at once and whatever happens; then tells the store and the server, best effort. Never rejects. */
	signOut(): Promise<SignOutResult>;
	/**
	 * Renews now, or joins the refresh under way.
	 * @throws AuthError `signed-out`, `session-ended`, `rejected`, `password-expired`, `unavailable`, `bad-response`, `in-doubt`, `timeout`, `superseded`, `closed`
	 */
	refresh(options?: WaitOptions): Promise<AuthState<User>>;
	/**
	 * What a request to `url` must carry: at once when the session can say, else a promise. `null`: not this API's URL, or
	 * signed out.
	 * @throws AuthError (as a rejection) as `refresh`, `signed-out` with `required`, and `port-failed` when the protocol's
	 * own `authorize` throws
	 */
	authorize(
		url: string,
		options?: AuthorizeOptions,
	): Grant | null | Promise<Grant | null>;
	/**
	 * After the API rejected `grant`: a newer one, or `null` when the answer should stand (another session, refresh budget
	 * used up, session over).
	 * @throws AuthError `unavailable`, `bad-response`, `in-doubt`, `timeout`, `port-failed`, `closed`
	 */
	renew(grant: Grant, options?: WaitOptions): Promise<Grant | null>;
	/** After the API accepted `grant`: extends a sliding session. */
	confirm(grant: Grant): void;
	/** What happened, oldest first: bounded, without tokens and users. */
	readonly journal: readonly JournalEntry[];
	/** No timer, listener, channel or lock is left; later calls reject with `closed`. Idempotent. Tells nobody: not a sign-out. */
	close(): void;
	[Symbol.dispose](): void;
}
