/**
 * The ports: everything through which a session touches the outside. All of it is plain data in and plain data out,
 * so that a test, a simulator or another runtime can stand in.
 */

export type Header = readonly [name: string, value: string];

/** A request of the protocol itself (sign-in, refresh, sign-out); the application's own requests never pass here. */
export interface HttpRequest {
	readonly method: string;
	/** Absolute. */
	readonly url: string;
	readonly headers: readonly Header[];
	readonly body: string | null;
	/** `true`: may outlive the page that sends it (Fetch, `keepalive`). Set on the request that ends a session. */
	readonly keepalive?: boolean;
}

export interface HttpResponse {
	readonly status: number;
	/** Names in lower case. */
	readonly headers: Readonly<Record<string, string>>;
	readonly body: string;
}

/** The part of `AbortSignal` that Keyturn uses; every real `AbortSignal` fits. */
export interface AbortSignalLike {
	readonly aborted: boolean;
	readonly reason?: unknown;
	addEventListener(
		type: "abort",
		listener: () => void,
		options?: { once?: boolean },
	): void;
	removeEventListener(type: "abort", listener: () => void): void;
}

export interface ScheduleOptions {
	/** The timer must not keep a process alive: nobody waits for it. */
	readonly isBackground: boolean;
}

/** Clock, timers, randomness and the transport of token requests. None of the functions may need `this`. */
export interface Platform {
	/** Wall clock, milliseconds since the Unix epoch. */
	nowMs(): number;
	/** Milliseconds since any fixed moment; never goes back, need not count sleep. */
	monotonicMs(): number;
	/** @param delayMs 0 to 2^31 - 1; longer delays are chained by the caller. @returns cancels; harmless afterwards. */
	schedule(
		delayMs: number,
		callback: () => void,
		options: ScheduleOptions,
	): () => void;
	/** 0 (included) to 1 (excluded). */
	random(): number;
	/**
	 * Sends one token request: no redirects, no cache, bounded size and time.
	 *
	 * Rejects with an `AuthError`: `unavailable` when the request certainly never left, `bad-response` when the answer
	 * broke a limit. Every other rejection counts as "the server may have acted".
	 */
	send(request: HttpRequest): Promise<HttpResponse>;
}

/** (epoch, generation): which session, and which pair of tokens of it. Ordered by epoch, then generation. */
export interface Stamp {
	/** Rises at every sign-in and sign-out. */
	readonly epoch: number;
	/** Rises at every new pair of tokens; 0 when there is none. */
	readonly generation: number;
}

/**
 * What a store keeps: plain JSON, one value, so that a torn pair of tokens cannot exist.
 * `access: null` is a tombstone: the session of that epoch is over.
 */
export interface SessionRecord extends Stamp {
	readonly schema: 1;
	/** `name` of the protocol; a record of another protocol is not ours. */
	readonly protocol: string;
	readonly access: string | null;
	readonly refresh: string | null;
	/** Wall clock of the writer when the tokens arrived, ms since the Unix epoch. */
	readonly receivedAtMs: number;
	/** Wall clock of the writer at sign-in, ms since the Unix epoch. */
	readonly signedInAtMs: number;
	/** `null`: unknown, the session renews only when the API rejects its token. */
	readonly lifetimeMs: number | null;
	readonly isPasswordExpired: boolean;
	readonly user: unknown;
	/**
	 * Set by stores on read that know better than two wall clocks (Redis): ms between writing and reading.
	 * Without it the age is the difference of the wall clocks, never below 0.
	 */
	readonly ageMs?: number;
	/**
	 * Set by stores on read that can know: somebody began to present this refresh token and never told how it ended, so
	 * it may be used up (B63).
	 */
	readonly isInDoubt?: boolean;
}

/**
 * Where the session lives. Synchronous or not; both are first-class.
 * A method that throws or rejects never ends a session: the tokens stay in memory and the state says so.
 */
export interface Store {
	/** The record as it stands, or `null`. Whatever it gives is checked before use. */
	read(): SessionRecord | null | Promise<SessionRecord | null>;
	/**
	 * Compare-and-set: writes `next` only if the record there has exactly the stamp `expected` (`null`: there is none).
	 * Tells other tabs or processes, where it can. One that never settles keeps the coordinator's lock as long as the lock
	 * lives. @returns whether it wrote
	 */
	swap(expected: Stamp | null, next: SessionRecord): boolean | Promise<boolean>;
	/** Calls back when somebody else may have written. A hint without content; the store is read again. */
	subscribe?(listener: () => void): () => void;
}

export interface ExclusiveOptions {
	/** Aborts when the session is closed. */
	readonly signal: AbortSignalLike;
	/** How long to wait for the others, ms. Patience running out is not the end of their lease: reject, never steal. */
	readonly waitMs: number;
}

/**
 * Who else holds this session. No state depends on it, and where a refresh token may be shown twice it only saves
 * requests. Where the server takes a second showing for theft (Oz), two refreshes at once cost the session: whoever shares
 * a store there needs one (B49, B61).
 */
export interface Coordinator {
	/**
	 * Runs `work` while nobody else runs work of the same name. `name` holds no secret.
	 * `work` resolves with the code of its failure, if it had one: after `in-doubt` or `timeout` the refresh token may be
	 * used up, and a coordinator that outlives the process should remember that.
	 * Rejects without having called `work` when the wait is over, when the signal aborts, or when somebody else has done the
	 * work (`superseded`, after the store has said so).
	 */
	exclusive<T>(
		name: string,
		work: () => Promise<T>,
		options: ExclusiveOptions,
	): Promise<T>;
}

export type Signal = "online" | "visible" | "resumed";

/** Hints that time may have passed or the network may be back. */
export interface Signals {
	subscribe(listener: (signal: Signal) => void): () => void;
}
