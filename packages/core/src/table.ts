/**
 * The rules, all of them: what each event means in each status. The docs, the diagram and the cell tests are generated
 * from this object. Over 200 lines because splitting the rules would defeat reading them in one sitting.
 */
import type {
	Arrival,
	AuthEvent,
	Effect,
	EventType,
	Found,
} from "./auth-event.ts";
import type {
	Authenticated,
	AuthState,
	Expired,
	Failure,
	Refreshing,
	Status,
	Unauthenticated,
	UnauthenticatedReason,
} from "./auth-state.ts";
import type { Stamp } from "./ports.ts";

/** The next state and the orders that follow; nothing: the event is ignored. */
export type Cell = readonly [AuthState, ...Effect[]] | false | undefined;

type In<S extends Status> = Extract<AuthState, { status: S }>;
type On<E extends EventType> = Extract<AuthEvent, { type: E }>;
type Live = Authenticated | Expired | Refreshing;

/** `null` is a written decision to ignore; a missing cell does not compile. */
export type Table = {
	readonly [S in Status]: {
		readonly [E in EventType]: ((state: In<S>, event: On<E>) => Cell) | null;
	};
};

/** First wait after a failed refresh; doubles with each further failure. */
const backoffMs = 1_000;
/** Our own waits stop doubling here. */
const maxBackoffMs = 30_000;
/** Not even a server may ask for more: an hour. */
const maxRetryAfterMs = 3_600_000;

/** Above 0: `a` is newer. 0: the same pair of tokens. */
const compare = (a: Stamp, b: Stamp): number =>
	a.epoch - b.epoch || a.generation - b.generation;

/** Was an answer lost, so that the refresh token may be used up? */
export const isDoubtful = (failure: Failure | null): boolean =>
	failure?.code === "in-doubt" || failure?.code === "timeout";

const order = (
	type: "persist" | "forget",
	{ epoch, generation }: Stamp,
): Effect => ({ type, epoch, generation });

const revoke = ({ session }: Pick<Live, "session">): Effect => ({
	type: "revoke",
	tokens: session.tokens,
});

const end = (
	reason: UnauthenticatedReason,
	epoch: number,
	generation: number,
	failure: Failure | null = null,
): Unauthenticated => ({
	status: "unauthenticated",
	reason,
	pending: null,
	failure,
	user: null,
	epoch,
	generation,
});

/** Ends the session here, and tells the store. Generation 0 marks a sign-out. */
const endAndForget = (
	...[reason, epoch, generation, failure]: Parameters<typeof end>
): readonly [AuthState, Effect] => {
	const next = end(reason, epoch, generation, failure);
	return [next, order("forget", next)];
};

/** A session that ends by itself takes the next generation: it loses to a pair that somebody else has stored meanwhile. */
const exhaust = (
	{ epoch, generation }: Stamp,
	reason: UnauthenticatedReason,
	failure?: Failure,
): Cell => endAndForget(reason, epoch, generation + 1, failure);

const begin = (
	from: AuthState,
	{ session, user = from.user }: Arrival,
	epoch: number,
	generation: number,
): Authenticated => ({
	status: "authenticated",
	epoch,
	generation,
	session,
	user,
	usable: true,
	cause: null,
	attempt: 0,
	failure: null,
	retryAtMs: session.isRefreshable ? -Infinity : Infinity,
	// another account keeps nothing of this one
	rejectedAtMs:
		from.status !== "unauthenticated" && from.epoch === epoch
			? from.rejectedAtMs
			: -Infinity,
});

/**
 * In doubt, the refresh token is shown again only when the access token has run out and nothing is left to lose (B3).
 * @param failure what put it there
 */
const doubt = (
	state: Live,
	failure: Failure | null = { code: "in-doubt", detail: null },
): AuthState =>
	state.usable
		? {
				...state,
				status: "authenticated",
				usable: true,
				cause: null,
				failure,
				retryAtMs: Math.max(state.retryAtMs, state.session.mustRefreshAtMs),
			}
		: { ...state, failure };

const adopt = (
	state: AuthState,
	{ epoch, generation, arrival, isInDoubt }: Found,
): Cell => {
	if (!arrival) return [end("signed-out-elsewhere", epoch, generation)];
	const next = begin(state, arrival, epoch, generation);
	return [isInDoubt ? doubt(next) : next];
};

const refresh = (
	state: Live,
	atMs: number,
	usable: boolean,
	rejectedAtMs: number = state.rejectedAtMs,
): Cell => {
	const { epoch, generation, session } = state;
	// however often it has been renewed (B85)
	if (atMs >= session.endsAtMs) return exhaust(state, "session-ended");
	const attempt = state.attempt + 1;
	return [
		{
			...state,
			status: "refreshing",
			usable,
			cause: null,
			attempt,
			rejectedAtMs,
		},
		{ type: "refresh", epoch, generation, attempt },
	];
};

const expire = (
	state: Live,
	cause: "lifetime" | "rejected",
	rejectedAtMs: number = state.rejectedAtMs,
): Cell => [
	{ ...state, status: "expired", usable: false, cause, rejectedAtMs },
];

const signedIn = (
	state: AuthState,
	{ arrival, epochFloor }: On<"signed-in">,
): Cell => {
	const next = begin(state, arrival, Math.max(state.epoch + 1, epochFloor), 1);
	return state.status !== "unauthenticated" &&
		// a server may give the same token again
		!state.session.tokens.access.equals(arrival.session.tokens.access)
		? [next, order("persist", next), revoke(state)]
		: [next, order("persist", next)];
};

const signedOut = (state: Live): Cell => [
	...endAndForget("signed-out", state.epoch + 1, 0),
	revoke(state),
];

const due = (state: Authenticated | Expired, { atMs }: On<"due">): Cell => {
	const { shouldRefreshAtMs, mustRefreshAtMs, endsAtMs } = state.session;
	return atMs >= endsAtMs
		? exhaust(state, "session-ended")
		: atMs >= state.retryAtMs && (!state.usable || atMs >= shouldRefreshAtMs)
			? refresh(state, atMs, state.usable && atMs < mustRefreshAtMs)
			: state.usable && atMs >= mustRefreshAtMs && expire(state, "lifetime");
};

const refreshAsked = (
	state: Authenticated | Expired,
	{ atMs }: On<"refresh-asked">,
): Cell =>
	state.session.isRefreshable &&
	refresh(state, atMs, state.usable && atMs < state.session.mustRefreshAtMs);

const refreshSucceeded = (
	state: AuthState,
	event: On<"refresh-succeeded">,
): Cell => {
	const { arrival } = event;
	// Late: changes nothing. Its tokens are revoked only if their session is over, since within one session a revocation
	// could take the newer pair with it (B78).
	if (state.status === "unauthenticated" || event.epoch !== state.epoch)
		return [state, revoke(arrival)];
	if (event.generation !== state.generation) return false;
	const next = begin(state, arrival, state.epoch, state.generation + 1);
	return [next, order("persist", next)];
};

const refreshFailed = (state: Live, event: On<"refresh-failed">): Cell => {
	const { failure, atMs, attempt } = event;
	const { mustRefreshAtMs } = state.session;
	const wasDoubtful = isDoubtful(state.failure);
	if (compare(event, state)) return false;
	if (failure.code === "rejected" || failure.code === "password-expired")
		return exhaust(
			state,
			failure.code,
			// "no" after a lost answer: most likely the answer that never came had used the token up (B63)
			wasDoubtful ? { ...failure, code: "in-doubt" } : failure,
		);
	// a second word on an attempt that has been counted: late, after a time-out
	if (state.status !== "refreshing" || state.attempt !== attempt) return false;
	const usable = state.usable && atMs < mustRefreshAtMs;
	const next = {
		...state,
		failure: wasDoubtful ? state.failure : failure,
		retryAtMs:
			atMs +
			Math.max(
				Math.min(event.afterMs ?? 0, maxRetryAfterMs),
				Math.min(backoffMs * 2 ** (attempt - 1), maxBackoffMs) *
					(0.5 + event.jitter / 2),
			),
	};
	if (!usable)
		return expire(next, atMs < mustRefreshAtMs ? "rejected" : "lifetime");
	return [
		isDoubtful(next.failure) && !event.isResendSafe
			? doubt(next, next.failure)
			: { ...next, status: "authenticated", usable },
	];
};

const extended = (
	state: Authenticated | Refreshing,
	event: On<"extended">,
): Cell => {
	const { session } = state;
	const lifetimeMs = session.lifetimeMs ?? 0;
	const byMs = event.sentAtMs - session.receivedAtMs;
	// Forward only, from the send time, and not once it is over (B27). Steps under a hundredth of the lifetime are not
	// worth a new state.
	return (
		!compare(event, state) &&
		byMs < lifetimeMs &&
		byMs * 100 >= lifetimeMs && [
			{
				...state,
				// what doubt has put off until the token runs out is put off with it (B3)
				retryAtMs: isDoubtful(state.failure)
					? Math.max(state.retryAtMs, session.mustRefreshAtMs + byMs)
					: state.retryAtMs,
				session: {
					...session,
					receivedAtMs: event.sentAtMs,
					shouldRefreshAtMs: session.shouldRefreshAtMs + byMs,
					mustRefreshAtMs: session.mustRefreshAtMs + byMs,
				},
			},
		]
	);
};

const changedElsewhere = (
	state: Live,
	{ found }: On<"changed-elsewhere">,
): Cell => {
	// emptied by hand or by the browser: the store is the truth (B75, B77)
	if (!found) return [end("signed-out-elsewhere", state.epoch + 1, 0)];
	const newer = compare(found, state);
	if (newer < 0) return [state, order("persist", state)];
	return newer ||
		!found.arrival?.session.tokens.access.equals(state.session.tokens.access)
		? adopt(state, found)
		: found.isInDoubt && !isDoubtful(state.failure) && [doubt(state)];
};

export const table: Table = {
	unauthenticated: {
		"sign-in-started": (state) =>
			!state.pending && [{ ...state, pending: "signing-in" }],
		"signed-in": signedIn,
		"sign-in-failed": (state, { reason }) =>
			state.pending === "signing-in" && [
				{ ...state, pending: null, reason: reason ?? state.reason },
			],
		"signed-out": (state) =>
			state.pending === "restoring"
				? // what the store turns out to hold must not come back (S6)
					[{ ...end("signed-out", state.epoch + 1, 0), pending: "restoring" }]
				: (state.pending || state.reason !== "signed-out") &&
					endAndForget("signed-out", state.epoch + 1, 0),
		due: null,
		"refresh-asked": null,
		"token-rejected": null,
		"refresh-succeeded": refreshSucceeded,
		"refresh-failed": null,
		extended: null,
		"changed-elsewhere": (state, { found }) => {
			const isRestoring = state.pending === "restoring";
			const settled: Unauthenticated = isRestoring
				? { ...state, pending: null }
				: state;
			if (!found) return [settled];
			const { epoch, arrival } = found;
			const newer = compare(found, state);
			// Our sign-out did not know of this session, nor it of our sign-out: sign-out wins (D5). A sign-in that has read
			// our tombstone has a higher epoch.
			if (
				arrival &&
				state.epoch &&
				(isRestoring || (epoch === state.epoch && !state.generation))
			)
				return [
					...endAndForget("signed-out", Math.max(epoch, state.epoch) + 1, 0),
					revoke(arrival),
				];
			return newer > 0 || (!newer && arrival)
				? adopt(state, found)
				: newer < 0
					? [settled, order("forget", state)]
					: [settled];
		},
	},

	authenticated: {
		"sign-in-started": null,
		"signed-in": signedIn,
		"sign-in-failed": null,
		"signed-out": signedOut,
		due,
		"refresh-asked": refreshAsked,
		"token-rejected": (state, event) => {
			const { atMs, minIntervalMs } = event;
			return (
				!compare(event, state) &&
				// a resource that refuses every token costs one refresh per interval, not one per request (B23)
				atMs - state.rejectedAtMs >= minIntervalMs &&
				// a refused token is nothing to lose: what kept a refresh in doubt back is gone
				(atMs >= state.retryAtMs ||
				(isDoubtful(state.failure) && state.session.isRefreshable)
					? refresh(state, atMs, false, atMs)
					: expire(state, "rejected", atMs))
			);
		},
		"refresh-succeeded": refreshSucceeded,
		"refresh-failed": refreshFailed,
		extended,
		"changed-elsewhere": changedElsewhere,
	},

	expired: {
		"sign-in-started": null,
		"signed-in": signedIn,
		"sign-in-failed": null,
		"signed-out": signedOut,
		due,
		"refresh-asked": refreshAsked,
		"token-rejected": null,
		// the answer to a refresh that had been given up: it holds the only live pair (B4)
		"refresh-succeeded": refreshSucceeded,
		"refresh-failed": refreshFailed,
		extended: null,
		"changed-elsewhere": changedElsewhere,
	},

	refreshing: {
		"sign-in-started": null,
		"signed-in": signedIn,
		"sign-in-failed": null,
		"signed-out": signedOut,
		due: (state, { atMs }) =>
			state.usable &&
			atMs >= state.session.mustRefreshAtMs && [{ ...state, usable: false }],
		"refresh-asked": null,
		"token-rejected": (state, event) =>
			state.usable &&
			!compare(event, state) && [
				{ ...state, usable: false, rejectedAtMs: event.atMs },
			],
		"refresh-succeeded": refreshSucceeded,
		"refresh-failed": refreshFailed,
		extended,
		"changed-elsewhere": changedElsewhere,
	},
};
