/**
 * Representative states and events: one for each side of each condition in the table. The cell tests, the diagram and
 * the random walk start from them. Time is in ms; "now" is 1000.
 */
import {
	type Arrival,
	type AuthEvent,
	type Authenticated,
	type AuthState,
	type EventType,
	type Expired,
	initialState,
	type Refreshing,
	Secret,
	type Session,
	type Status,
	type Unauthenticated,
} from "../src/index.ts";

export const nowMs = 1_000;
export const minIntervalMs = 500;

/** Received at 0, should renew from 1,200, must from 1,800. */
export const session = (
	name: string,
	changes: Partial<Session> = {},
): Session => ({
	tokens: {
		access: new Secret(`access-${name}`),
		refresh: new Secret(`refresh-${name}`),
	},
	receivedAtMs: 0,
	signedInAtMs: 0,
	lifetimeMs: 2_000,
	shouldRefreshAtMs: 1_200,
	mustRefreshAtMs: 1_800,
	endsAtMs: Infinity,
	isRefreshable: true,
	isPasswordExpired: false,
	...changes,
});

export const arrival = (
	name: string,
	changes: Partial<Session> = {},
): Arrival => ({ session: session(name, changes), user: name });

const out = (changes: Partial<Unauthenticated> = {}): Unauthenticated => ({
	...initialState,
	pending: null,
	...changes,
});

/** Session 2, tokens 3. */
const live = {
	epoch: 2,
	generation: 3,
	session: session("own"),
	user: "own",
	usable: true,
	cause: null,
	attempt: 0,
	failure: null,
	retryAtMs: -Infinity,
	rejectedAtMs: -Infinity,
} as const;

const shouldRenew = session("own", { shouldRefreshAtMs: 900 });
const mustRenew = session("own", {
	shouldRefreshAtMs: 700,
	mustRefreshAtMs: 900,
});
const unavailable = { code: "unavailable", detail: null } as const;
const inDoubt = { code: "in-doubt", detail: null } as const;

const authenticated = (
	changes: Partial<Authenticated> = {},
): Authenticated => ({ status: "authenticated", ...live, ...changes });

const expired = (changes: Partial<Expired> = {}): Expired => ({
	status: "expired",
	...live,
	session: mustRenew,
	usable: false,
	cause: "lifetime",
	...changes,
});

const refreshing = (changes: Partial<Refreshing> = {}): Refreshing => ({
	status: "refreshing",
	...live,
	session: shouldRenew,
	attempt: 1,
	...changes,
});

export const sampleStates: {
	readonly [S in Status]: Readonly<
		Record<string, Extract<AuthState, { status: S }>>
	>;
} = {
	unauthenticated: {
		restoring: initialState,
		"left early": out({
			pending: "restoring",
			reason: "signed-out",
			epoch: 1,
		}),
		fresh: out(),
		"signing in": out({ pending: "signing-in" }),
		"signed out": out({ reason: "signed-out", epoch: 2 }),
		rejected: out({
			reason: "rejected",
			failure: { code: "rejected", detail: null },
			epoch: 2,
			generation: 4,
		}),
	},
	authenticated: {
		fresh: authenticated(),
		"should renew": authenticated({ session: shouldRenew }),
		"must renew": authenticated({ session: mustRenew }),
		"backing off": authenticated({
			session: shouldRenew,
			attempt: 1,
			failure: unavailable,
			retryAtMs: 1_100,
		}),
		"in doubt": authenticated({
			session: shouldRenew,
			attempt: 1,
			failure: inDoubt,
			retryAtMs: 1_800,
		}),
		"refused lately": authenticated({ rejectedAtMs: 600 }),
		unrenewable: authenticated({
			session: session("own", { isRefreshable: false }),
			retryAtMs: Infinity,
		}),
		"at its limit": authenticated({
			session: session("own", { endsAtMs: 1_000 }),
		}),
	},
	expired: {
		"backing off": expired({
			attempt: 1,
			failure: unavailable,
			retryAtMs: 1_100,
		}),
		"in doubt": expired({ attempt: 1, failure: inDoubt, retryAtMs: 900 }),
		"may retry": expired({
			attempt: 1,
			failure: unavailable,
			retryAtMs: 900,
		}),
		unrenewable: expired({
			session: session("own", { isRefreshable: false, mustRefreshAtMs: 900 }),
			retryAtMs: Infinity,
		}),
		"at its limit": expired({
			session: session("own", { mustRefreshAtMs: 900, endsAtMs: 1_000 }),
			retryAtMs: 1_100,
		}),
	},
	refreshing: {
		"in the background": refreshing(),
		"while requests wait": refreshing({ session: mustRenew, usable: false }),
		"past its time": refreshing({ session: mustRenew }),
		"after a lost answer": refreshing({
			session: mustRenew,
			usable: false,
			attempt: 2,
			failure: inDoubt,
		}),
	},
};

const failed = {
	type: "refresh-failed",
	epoch: 2,
	generation: 3,
	attempt: 1,
	failure: unavailable,
	atMs: nowMs,
	afterMs: null,
	isResendSafe: false,
	jitter: 0,
} as const;

const found = (
	epoch: number,
	generation: number,
	held: Arrival | null,
	isInDoubt = false,
) =>
	({
		type: "changed-elsewhere",
		found: { epoch, generation, arrival: held, isInDoubt },
	}) as const;

const at = { atMs: nowMs } as const;
const rejection = { ...at, minIntervalMs } as const;

/** By event type; the name says which kind of it. */
export const sampleEvents: {
	readonly [E in EventType]: Readonly<
		Record<string, Extract<AuthEvent, { type: E }>>
	>;
} = {
	"sign-in-started": { "": { type: "sign-in-started" } },
	"signed-in": {
		"": { type: "signed-in", arrival: arrival("new"), epochFloor: 0 },
		"on the wall clock": {
			type: "signed-in",
			arrival: arrival("new"),
			epochFloor: 9,
		},
	},
	"sign-in-failed": {
		"given up": { type: "sign-in-failed", reason: null },
		rejected: { type: "sign-in-failed", reason: "rejected" },
	},
	"signed-out": { "": { type: "signed-out" } },
	due: { "": { type: "due", ...at } },
	"refresh-asked": { "": { type: "refresh-asked", ...at } },
	"token-rejected": {
		current: {
			type: "token-rejected",
			epoch: 2,
			generation: 3,
			...rejection,
		},
		older: { type: "token-rejected", epoch: 2, generation: 2, ...rejection },
	},
	"refresh-succeeded": {
		current: {
			type: "refresh-succeeded",
			epoch: 2,
			generation: 3,
			arrival: arrival("next"),
		},
		older: {
			type: "refresh-succeeded",
			epoch: 2,
			generation: 2,
			arrival: arrival("late"),
		},
		"of another session": {
			type: "refresh-succeeded",
			epoch: 1,
			generation: 3,
			arrival: arrival("foreign"),
		},
	},
	"refresh-failed": {
		unavailable: failed,
		"in doubt": { ...failed, failure: inDoubt },
		"in doubt, resend safe": {
			...failed,
			failure: inDoubt,
			isResendSafe: true,
		},
		rejected: { ...failed, failure: { code: "rejected", detail: null } },
		"second word": { ...failed, attempt: 0 },
		older: { ...failed, generation: 2 },
	},
	extended: {
		"": { type: "extended", epoch: 2, generation: 3, sentAtMs: 990 },
		"out of order": {
			type: "extended",
			epoch: 2,
			generation: 3,
			sentAtMs: -1,
		},
		older: { type: "extended", epoch: 2, generation: 2, sentAtMs: 990 },
	},
	"changed-elsewhere": {
		nothing: { type: "changed-elsewhere", found: null },
		"older tokens": found(2, 2, arrival("old")),
		"same tokens": found(2, 3, arrival("own")),
		"same tokens, in doubt": found(2, 3, arrival("own"), true),
		"same stamp, other tokens": found(2, 3, arrival("twin")),
		"newer tokens": found(2, 4, arrival("newer")),
		"newer tokens, in doubt": found(2, 4, arrival("newer"), true),
		"newer session": found(3, 1, arrival("other")),
		"older end": found(1, 0, null),
		"newer end": found(3, 0, null),
	},
};
