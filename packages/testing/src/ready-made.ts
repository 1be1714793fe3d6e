/** Sessions in a given state, for tests of components and for stories: no network, no clock, no waiting. */
import {
	type AuthErrorCode,
	type AuthEvent,
	type AuthState,
	initialState,
	transition,
	type UnauthenticatedReason,
} from "@keyturn/core";
import {
	createReadyAuth,
	type ReadyAuth,
	type ReadyOptions,
} from "./ready-auth.ts";
import { type SessionShape, sessionOf } from "./ready-session.ts";

export interface LiveOptions<Credentials, User>
	extends ReadyOptions<Credentials, User>,
		SessionShape {}

export interface ExpiredOptions<Credentials, User>
	extends LiveOptions<Credentials, User> {
	/** Its time is over, or the API refused its token. Default `lifetime`. */
	readonly cause?: "lifetime" | "rejected";
	/** Why the refresh failed. Default `unavailable`; without meaning when it is not refreshable. */
	readonly failure?: {
		readonly code: AuthErrorCode;
		readonly detail?: string;
	};
}

export interface RefreshingOptions<Credentials, User>
	extends LiveOptions<Credentials, User> {
	/** May the old token still be sent? Default `true`. */
	readonly usable?: boolean;
}

export interface SignedOutOptions<Credentials, User>
	extends ReadyOptions<Credentials, User> {
	/** Default `signed-out`. */
	readonly reason?: UnauthenticatedReason;
	/** `signing-in`: a sign-in is under way. `restoring`: the store has not been read; then there is no reason. Default `null`. */
	readonly pending?: null | "restoring" | "signing-in";
	/** What the API said when it ended the session, with `rejected` and `password-expired`. */
	readonly detail?: string;
}

/** Nothing is there, and that is known. */
const emptyEvent: AuthEvent = { type: "changed-elsewhere", found: null };

/** Every state is reached as in real life: by facts put to the machine. */
const play = (...events: readonly AuthEvent[]): AuthState =>
	events.reduce<AuthState>(
		(state, event) => transition(state, event)[0],
		initialState,
	);

const signedInEvent = (
	user: unknown,
	shape: SessionShape,
	endsAtMs?: number,
): AuthEvent => ({
	type: "signed-in",
	arrival: { session: sessionOf(1, 0, shape, endsAtMs), user },
	epochFloor: 0,
});

const stamp = { epoch: 1, generation: 1 };

const failedEvent = (
	atMs: number,
	code: AuthErrorCode,
	detail: string | undefined,
): AuthEvent => ({
	type: "refresh-failed",
	...stamp,
	attempt: 1,
	failure: { code, detail: detail ?? null },
	afterMs: null,
	atMs,
	isResendSafe: false,
	jitter: 0,
});

const rejectedEvent = (atMs: number): AuthEvent => ({
	type: "token-rejected",
	...stamp,
	atMs,
	minIntervalMs: 0,
});

/** A session whose token may be sent. */
export function signedIn<Credentials = unknown, User = unknown>(
	options: LiveOptions<Credentials, User> = {},
): ReadyAuth<Credentials, User> {
	const state = play(emptyEvent, signedInEvent(options.user ?? null, options));
	return createReadyAuth({ state, atMs: 0, shape: options }, options);
}

/** A session whose token may not be sent, after a refresh that failed. The next refresh works, unless `onRefresh` throws. */
export function expired<Credentials = unknown, User = unknown>(
	options: ExpiredOptions<Credentials, User> = {},
): ReadyAuth<Credentials, User> {
	const { cause = "lifetime", failure, user = null } = options;
	const { lifetimeMs = 900_000 } = options;
	const atMs = cause === "lifetime" ? (lifetimeMs ?? 900_000) : 1;
	const shape =
		cause === "lifetime" ? { ...options, lifetimeMs: atMs } : options;
	const state = play(
		emptyEvent,
		signedInEvent(user, shape),
		cause === "lifetime" ? { type: "due", atMs } : rejectedEvent(atMs),
		failedEvent(atMs, failure?.code ?? "unavailable", failure?.detail),
	);
	return createReadyAuth({ state, atMs, shape }, options);
}

/** A session with a refresh under way, which goes on for ever unless `onRefresh` says otherwise. */
export function refreshing<Credentials = unknown, User = unknown>(
	options: RefreshingOptions<Credentials, User> = {},
): ReadyAuth<Credentials, User> {
	const { usable = true, user = null } = options;
	const state = play(
		emptyEvent,
		signedInEvent(user, options),
		usable ? { type: "refresh-asked", atMs: 0 } : rejectedEvent(0),
	);
	return createReadyAuth({ state, atMs: 0, shape: options }, options);
}

/** How a session comes to its end, for each reason. */
function endOf(
	reason: UnauthenticatedReason,
	detail: string | undefined,
): readonly AuthEvent[] {
	const signedInBefore = signedInEvent(null, {});
	switch (reason) {
		case "initial":
			return [];
		case "signed-out":
			return [signedInBefore, { type: "signed-out" }];
		case "signed-out-elsewhere":
			return [signedInBefore, emptyEvent];
		case "session-ended":
			return [signedInEvent(null, {}, 1), { type: "due", atMs: 1 }];
		case "rejected":
		case "password-expired":
			return [
				signedInBefore,
				{ type: "refresh-asked", atMs: 0 },
				failedEvent(0, reason, detail),
			];
	}
}

/** No session, and why. */
export function signedOut<Credentials = unknown, User = unknown>(
	options: SignedOutOptions<Credentials, User> = {},
): ReadyAuth<Credentials, User> {
	const { reason = "signed-out", pending = null, detail } = options;
	const state =
		pending === "restoring"
			? initialState
			: play(
					emptyEvent,
					...endOf(reason, detail),
					...(pending ? [{ type: "sign-in-started" } as const] : []),
				);
	return createReadyAuth({ state, atMs: 0, shape: {} }, options);
}
