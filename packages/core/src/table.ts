/**
 * The rules, all of them: what each event means in each status. The docs, the diagram and the cell tests are generated
 * from this object. Over 200 lines because splitting the rules would defeat reading them in one sitting.
 */
import type { AuthEvent, Effect, EventType, Found } from "./auth-event.ts";
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
import type { Tokens } from "./protocol.ts";

export type Step = readonly [state: AuthState, effects: readonly Effect[]];

type In<S extends Status> = Extract<AuthState, { status: S }>;
type On<E extends EventType> = Extract<AuthEvent, { type: E }>;
type LiveState = Authenticated | Expired | Refreshing;

/** `null` is a written decision to ignore; a missing cell does not compile. */
export type Table = {
	readonly [S in Status]: {
		readonly [E in EventType]:
			| ((state: In<S>, event: On<E>) => Step)
			| null;
	};
};

/** First wait after a failed refresh, ms; doubles with each further failure. */
const backoffMs = 1_000;
/** No wait is longer, not even when a server asks for it: an hour. */
const maxBackoffMs = 3_600_000;
/** Our own waits stop doubling here: half a minute. */
const maxDoublingMs = 30_000;

const never: Effect = { type: "wake-at", atMs: Infinity };

const stay = (state: AuthState): Step => [state, []];

const isSame = (a: Stamp, b: Stamp): boolean =>
	a.epoch === b.epoch && a.generation === b.generation;

const isNewer = (a: Stamp, b: Stamp): boolean =>
	a.epoch > b.epoch || (a.epoch === b.epoch && a.generation > b.generation);

const order = <T extends "persist" | "forget">(
	type: T,
	{ epoch, generation }: Stamp,
): { readonly type: T } & Stamp => ({ type, epoch, generation });

const revoke = (from: { session: { tokens: Tokens } }): Effect => ({
	type: "revoke",
	tokens: from.session.tokens,
});

/** No session. Waiting sign-ins go on, unless `signInAttempt` is given as 0. */
const end = (
	{ signInAttempt }: { readonly signInAttempt: number },
	reason: UnauthenticatedReason,
	{ epoch, generation }: Stamp,
	failure: Failure | null = null,
): Unauthenticated => ({
	status: "unauthenticated",
	reason,
	pending: signInAttempt ? "signing-in" : null,
	failure,
	user: null,
	epoch,
	generation,
	signInAttempt,
});

/** When something happens by itself in these two statuses. */
const wakeAt = (state: Authenticated | Expired): Effect => {
	const { shouldRefreshAtMs, mustRefreshAtMs, endsAtMs, isRefreshable } =
		state.session;
	let atMs = state.retryAtMs;
	if (state.status === "authenticated")
		atMs = Math.min(
			mustRefreshAtMs,
			isRefreshable ? Math.max(atMs, shouldRefreshAtMs) : Infinity,
		);
	return { type: "wake-at", atMs: Math.min(atMs, endsAtMs) };
};

const begin = (
	stamp: Stamp,
	arrival: { session: Authenticated["session"]; user: unknown },
	from: AuthState,
): Authenticated => ({
	status: "authenticated",
	epoch: stamp.epoch,
	generation: stamp.generation,
	session: arrival.session,
	user: arrival.user === undefined ? from.user : arrival.user,
	attempt: 0,
	failure: null,
	isInDoubt: false,
	isPersisted: true,
	rejectedAtMs: "rejectedAtMs" in from ? from.rejectedAtMs : -Infinity,
	retryAtMs: -Infinity,
	signInAttempt: from.signInAttempt,
});

const expire = (
	state: LiveState,
	cause: Expired["cause"],
	change: Partial<Expired> = {},
): Step => {
	const next: Expired = {
		...live(state),
		retryAtMs: Infinity,
		...change,
		status: "expired",
		cause,
	};
	return [next, [wakeAt(next)]];
};

/** The fields that all statuses with a session share. */
const live = ({
	epoch,
	generation,
	session,
	user,
	attempt,
	failure,
	isInDoubt,
	isPersisted,
	rejectedAtMs,
	signInAttempt,
}: LiveState) => ({
	epoch,
	generation,
	session,
	user,
	attempt,
	failure,
	isInDoubt,
	isPersisted,
	rejectedAtMs,
	signInAttempt,
});

const refresh = (
	state: LiveState,
	usable: boolean,
	rejectedAtMs: number = state.rejectedAtMs,
): Step => {
	const { epoch, generation, attempt } = state;
	return [
		{
			...live(state),
			attempt: attempt + 1,
			rejectedAtMs,
			status: "refreshing",
			usable,
		},
		[
			{ type: "refresh", epoch, generation, attempt: attempt + 1 },
			never,
		],
	];
};

const renewable = (state: LiveState, usable: boolean): Step =>
	state.session.isRefreshable ? refresh(state, usable) : stay(state);

/** The session is over here, and the store is told so. */
const endEverywhere = (
	state: { readonly signInAttempt: number },
	reason: UnauthenticatedReason,
	stamp: Stamp,
	failure?: Failure,
): readonly [Unauthenticated, readonly Effect[]] => {
	const next = end(state, reason, stamp, failure);
	return [next, [order("forget", next), never]];
};

/** A session that ends by itself takes the next generation: it loses to a pair that somebody else has stored. */
const exhausted = (
	state: LiveState,
	reason: UnauthenticatedReason,
	failure?: Failure,
): Step =>
	endEverywhere(
		state,
		reason,
		{ epoch: state.epoch, generation: state.generation + 1 },
		failure,
	);

const signInStarted = (
	state: LiveState,
	{ attempt }: On<"sign-in-started">,
): Step => [{ ...state, signInAttempt: attempt }, []];

const signedIn = (state: AuthState, event: On<"signed-in">): Step => {
	// superseded by a newer sign-in or by a sign-out: the tokens are nobody's (B80, B82)
	if (event.attempt !== state.signInAttempt)
		return [state, [revoke(event.arrival)]];
	const next = begin(
		{ epoch: Math.max(state.epoch + 1, event.epochFloor), generation: 1 },
		event.arrival,
		{ ...end(state, "initial", state), signInAttempt: 0 },
	);
	const effects: Effect[] = [order("persist", next), wakeAt(next)];
	if ("session" in state) effects.push(revoke(state));
	return [next, effects];
};

const signInFailed = (
	state: LiveState,
	{ attempt }: On<"sign-in-failed">,
): Step =>
	attempt === state.signInAttempt
		? [{ ...state, signInAttempt: 0 }, []]
		: stay(state);

/** Generation 0 marks a sign-out; every other ended session has a higher one. */
const signOut = (state: AuthState, epoch: number) =>
	endEverywhere({ ...state, signInAttempt: 0 }, "signed-out", {
		epoch,
		generation: 0,
	});

const isSignedOutBeside = (state: Unauthenticated, found: Stamp): boolean =>
	state.epoch === found.epoch && state.generation === 0;

const withRevocation = (
	[state, effects]: Step,
	from: { session: { tokens: Tokens } },
): Step => [state, [...effects, revoke(from)]];

const signedOut = (state: LiveState): Step =>
	withRevocation(signOut(state, state.epoch + 1), state);

const refreshSucceeded = (
	state: LiveState,
	event: On<"refresh-succeeded">,
): Step => {
	if (!isSame(event, state)) return dropped(state, event);
	const next = begin(
		{ epoch: state.epoch, generation: state.generation + 1 },
		event.arrival,
		state,
	);
	return [next, [order("persist", next), wakeAt(next)]];
};

/**
 * A late answer changes nothing. Its tokens are revoked only if their session is over: within one session a revocation
 * could take the newer pair with it.
 */
const dropped = (state: AuthState, event: On<"refresh-succeeded">): Step =>
	event.epoch === state.epoch && "session" in state
		? stay(state)
		: [state, [revoke(event.arrival)]];

const refreshFailed = (state: LiveState, event: On<"refresh-failed">): Step => {
	const { failure, atMs, attempt } = event;
	if (!isSame(event, state)) return stay(state);
	if (failure.code === "rejected" || failure.code === "password-expired")
		return exhausted(
			state,
			failure.code,
			// "no" after a lost answer: most likely our own pair was used up by the answer that never came (B63)
			state.isInDoubt ? { ...failure, code: "in-doubt" } : failure,
		);
	// a second answer to an attempt that has already been counted (a late one after a time-out)
	if (state.status !== "refreshing" || state.attempt !== attempt)
		return stay(state);
	const { mustRefreshAtMs } = state.session;
	const isUsable = state.usable && atMs < mustRefreshAtMs;
	const isInDoubt =
		state.isInDoubt ||
		failure.code === "in-doubt" ||
		failure.code === "timeout";
	let retryAtMs =
		atMs +
		Math.max(
			Math.min(event.afterMs ?? 0, maxBackoffMs),
			Math.min(backoffMs * 2 ** (attempt - 1), maxDoublingMs) *
				(0.5 + event.jitter / 2),
		);
	if (isInDoubt && event.resend !== "always")
		retryAtMs =
			event.resend === "never"
				? Infinity
				: isUsable
					? Math.max(retryAtMs, mustRefreshAtMs)
					: retryAtMs;
	if (!isUsable)
		return expire(state, atMs < mustRefreshAtMs ? "rejected" : "lifetime", {
			failure,
			isInDoubt,
			retryAtMs,
		});
	const next: Authenticated = {
		...live(state),
		status: "authenticated",
		failure,
		isInDoubt,
		retryAtMs,
	};
	return [next, [wakeAt(next)]];
};

const extended = (state: Authenticated | Refreshing, event: On<"extended">): Step => {
	const { session } = state;
	const byMs = event.sentAtMs - session.receivedAtMs;
	// forward only, from the send time (B27); steps under a hundredth of the lifetime are not worth a new state
	if (
		!isSame(event, state) ||
		session.lifetimeMs === null ||
		byMs * 100 < session.lifetimeMs ||
		event.sentAtMs >= session.receivedAtMs + session.lifetimeMs
	)
		return stay(state);
	const next = {
		...state,
		session: {
			...session,
			receivedAtMs: event.sentAtMs,
			shouldRefreshAtMs: session.shouldRefreshAtMs + byMs,
			mustRefreshAtMs: session.mustRefreshAtMs + byMs,
		},
	};
	return [next, next.status === "authenticated" ? [wakeAt(next)] : []];
};

const adopt = (state: AuthState, found: Found): Step => {
	if (!found.arrival)
		return [end(state, "signed-out-elsewhere", found), [never]];
	const next = begin(found, found.arrival, {
		...state,
		// somebody else's account keeps nothing of ours
		...(found.epoch === state.epoch ? {} : { rejectedAtMs: -Infinity }),
	} as AuthState);
	return [next, [wakeAt(next)]];
};

const changedElsewhere = (
	state: LiveState,
	{ found }: On<"changed-elsewhere">,
): Step => {
	// emptied by hand or by the browser (B75, B77): the store is the truth, once it has held this session
	if (!found)
		return state.isPersisted
			? [
					end(state, "signed-out-elsewhere", {
						epoch: state.epoch + 1,
						generation: 0,
					}),
					[never],
				]
			: stay(state);
	if (isNewer(state, found)) return [state, [order("persist", state)]];
	if (
		isSame(state, found) &&
		found.arrival?.session.tokens.access.equals(state.session.tokens.access)
	)
		return stay(state);
	return adopt(state, found);
};

const persisted =
	(isPersisted: boolean) =>
	(state: LiveState, event: On<"persisted"> | On<"store-failed">): Step =>
		state.isPersisted === isPersisted ||
		("operation" in event ? event.operation === "read" : !isSame(event, state))
			? stay(state)
			: [{ ...state, isPersisted }, []];

export const table: Table = {
	unauthenticated: {
		"sign-in-started": (state, { attempt }) => [
			{
				...state,
				pending: state.pending ?? "signing-in",
				signInAttempt: attempt,
			},
			[],
		],
		"signed-in": signedIn,
		"sign-in-failed": (state, { attempt, reason }) =>
			attempt === state.signInAttempt
				? [
						{
							...state,
							pending: state.pending === "restoring" ? "restoring" : null,
							reason: reason ?? state.reason,
							signInAttempt: 0,
						},
						[],
					]
				: stay(state),
		// also while restoring: what the store turns out to hold must not come back (S6)
		"signed-out": (state) => {
			if (!state.pending && state.reason === "signed-out") return stay(state);
			const [next, effects] = signOut(state, state.epoch + 1);
			return state.pending === "restoring"
				? [{ ...next, pending: "restoring" }, [never]]
				: [next, effects];
		},
		due: null,
		"refresh-asked": null,
		"token-rejected": null,
		"refresh-succeeded": dropped,
		"refresh-failed": null,
		extended: null,
		"changed-elsewhere": (state, { found }) => {
			const isRestoring = state.pending === "restoring";
			const settled: Unauthenticated = isRestoring
				? { ...state, pending: state.signInAttempt ? "signing-in" : null }
				: state;
			if (!found) return stay(settled);
			if (found.arrival) {
				// Our sign-out did not know of this session, nor this session of our sign-out: sign-out wins (D5).
				// A later sign-in has read our tombstone and so has a higher epoch.
				if (state.epoch && (isRestoring || isSignedOutBeside(state, found)))
					return withRevocation(
						signOut(settled, Math.max(found.epoch, state.epoch) + 1),
						found.arrival,
					);
				if (!isNewer(state, found)) return adopt(settled, found);
			} else if (isNewer(found, state)) return adopt(settled, found);
			return isNewer(state, found)
				? [settled, [order("forget", state)]]
				: stay(settled);
		},
		persisted: null,
		"store-failed": (state) =>
			state.pending === "restoring"
				? [
						{ ...state, pending: state.signInAttempt ? "signing-in" : null },
						[],
					]
				: stay(state),
	},

	authenticated: {
		"sign-in-started": signInStarted,
		"signed-in": signedIn,
		"sign-in-failed": signInFailed,
		"signed-out": signedOut,
		due: (state, { atMs }) => {
			const { shouldRefreshAtMs, mustRefreshAtMs, endsAtMs, isRefreshable } =
				state.session;
			if (atMs >= endsAtMs) return exhausted(state, "session-ended");
			const isExpired = atMs >= mustRefreshAtMs;
			if (isRefreshable && atMs >= state.retryAtMs) {
				if (isExpired || atMs >= shouldRefreshAtMs)
					return refresh(state, !isExpired);
			} else if (isExpired)
				return expire(state, "lifetime", {
					retryAtMs: isRefreshable ? state.retryAtMs : Infinity,
				});
			return stay(state);
		},
		"refresh-asked": (state, { atMs }) =>
			renewable(state, atMs < state.session.mustRefreshAtMs),
		"token-rejected": (state, event) => {
			if (!isSame(event, state)) return stay(state);
			if (!state.session.isRefreshable) return expire(state, "rejected");
			// a resource that refuses every token costs one refresh per interval, not one per request (B23)
			return event.atMs - state.rejectedAtMs < event.minIntervalMs ||
				event.atMs < state.retryAtMs
				? stay(state)
				: refresh(state, false, event.atMs);
		},
		"refresh-succeeded": refreshSucceeded,
		"refresh-failed": refreshFailed,
		extended,
		"changed-elsewhere": changedElsewhere,
		persisted: persisted(true),
		"store-failed": persisted(false),
	},

	expired: {
		"sign-in-started": signInStarted,
		"signed-in": signedIn,
		"sign-in-failed": signInFailed,
		"signed-out": signedOut,
		due: (state, { atMs }) =>
			atMs >= state.session.endsAtMs
				? exhausted(state, "session-ended")
				: atMs >= state.retryAtMs
					? renewable(state, false)
					: stay(state),
		"refresh-asked": (state) => renewable(state, false),
		"token-rejected": null,
		// the answer to a refresh that had been given up: it holds the only live pair (B4)
		"refresh-succeeded": refreshSucceeded,
		"refresh-failed": refreshFailed,
		extended: null,
		"changed-elsewhere": changedElsewhere,
		persisted: persisted(true),
		"store-failed": persisted(false),
	},

	refreshing: {
		"sign-in-started": signInStarted,
		"signed-in": signedIn,
		"sign-in-failed": signInFailed,
		"signed-out": signedOut,
		due: (state, { atMs }) =>
			state.usable && atMs >= state.session.mustRefreshAtMs
				? [{ ...state, usable: false }, []]
				: stay(state),
		"refresh-asked": null,
		"token-rejected": (state, event) =>
			state.usable && isSame(event, state)
				? [{ ...state, usable: false, rejectedAtMs: event.atMs }, []]
				: stay(state),
		"refresh-succeeded": refreshSucceeded,
		"refresh-failed": refreshFailed,
		extended,
		"changed-elsewhere": changedElsewhere,
		persisted: persisted(true),
		"store-failed": persisted(false),
	},
};
