/**
 * What holds at every single step of the machine, whatever came before. The random walk and the model checker both
 * ask here.
 */
import {
	type AuthEvent,
	type AuthState,
	type Effect,
	Secret,
	type Step,
} from "../src/index.ts";

type Law = (
	before: AuthState,
	event: AuthEvent,
	after: AuthState,
	effects: readonly Effect[],
) => boolean;

type Stamped = { readonly epoch: number; readonly generation: number };

export const compare = (a: Stamped, b: Stamped): number =>
	a.epoch - b.epoch || a.generation - b.generation;

const isSignedIn = (
	state: AuthState,
): state is Exclude<AuthState, { status: "unauthenticated" }> =>
	state.status !== "unauthenticated";

const ofType = <T extends Effect["type"]>(
	effects: readonly Effect[],
	type: T,
): readonly Extract<Effect, { type: T }>[] =>
	effects.filter(
		(effect): effect is Extract<Effect, { type: T }> => effect.type === type,
	);

/** Is there a token anywhere in this value? */
export function holdsSecret(value: unknown): boolean {
	if (value instanceof Secret) return true;
	return (
		typeof value === "object" &&
		value !== null &&
		Object.values(value).some(holdsSecret)
	);
}

const isWellFormed = (state: AuthState): boolean => {
	const { epoch, generation } = state;
	if (!(Number.isInteger(epoch) && epoch >= 0)) return false;
	if (!(Number.isInteger(generation) && generation >= 0)) return false;
	switch (state.status) {
		case "unauthenticated":
			return state.user === null;
		case "authenticated":
			return state.usable && state.cause === null && generation > 0;
		case "expired":
			return !state.usable && state.cause !== null && generation > 0;
		case "refreshing":
			return (
				state.cause === null &&
				state.attempt > 0 &&
				state.session.isRefreshable &&
				generation > 0
			);
	}
};

/** Does this answer or rejection belong to other tokens than the state's? */
const isLate = (before: AuthState, event: AuthEvent): boolean =>
	(event.type === "refresh-succeeded" ||
		event.type === "refresh-failed" ||
		event.type === "token-rejected" ||
		event.type === "extended") &&
	(!isSignedIn(before) || compare(before, event) !== 0);

/** What may end a session, besides the user: a definite no, its limit, or the store (S8). */
const isProof = (before: AuthState, event: AuthEvent): boolean => {
	if (!isSignedIn(before)) return true;
	switch (event.type) {
		case "signed-out":
			return true;
		case "refresh-failed":
			return (
				event.failure.code === "rejected" ||
				event.failure.code === "password-expired"
			);
		case "due":
		case "refresh-asked":
		case "token-rejected":
			return event.atMs >= before.session.endsAtMs;
		case "changed-elsewhere":
			return (
				!event.found ||
				(event.found.arrival === null && compare(event.found, before) >= 0)
			);
		default:
			return false;
	}
};

const minBackoffMs = 500;
const maxBackoffMs = 3_600_000;

export const laws: Readonly<Record<string, Law>> = {
	"S1 the state is well formed, and a late event changes nothing": (
		before,
		event,
		after,
	) => isWellFormed(after) && (after === before || !isLate(before, event)),

	"an ignored event leaves the same object; a change ends with the time to wake":
		(before, _event, after, effects) =>
			after === before
				? !ofType(effects, "wake-at").length
				: effects.at(-1)?.type === "wake-at" &&
					ofType(effects, "wake-at").length === 1,

	"unauthenticated holds no tokens": (_before, _event, after) =>
		isSignedIn(after) || !holdsSecret(after),

	"S5 (epoch, generation) never goes back; tokens change only with it, or by what the store holds":
		(before, event, after) =>
			compare(after, before) >= 0 &&
			(compare(after, before) > 0 ||
				event.type === "changed-elsewhere" ||
				!isSignedIn(before) ||
				!isSignedIn(after) ||
				before.session.tokens === after.session.tokens),

	"S2 a refresh begins only where none is under way, with the next attempt": (
		before,
		_event,
		after,
		effects,
	) => {
		const [order, ...more] = ofType(effects, "refresh");
		const begins =
			before.status !== "refreshing" && after.status === "refreshing";
		if (!order) return !begins;
		return (
			begins &&
			!more.length &&
			compare(order, after) === 0 &&
			order.attempt === after.attempt &&
			isSignedIn(before) &&
			after.attempt === before.attempt + 1
		);
	},

	"what is written is what is: a session or its end, with its stamp": (
		_before,
		_event,
		after,
		effects,
	) =>
		ofType(effects, "persist").every(
			(order) => isSignedIn(after) && compare(order, after) === 0,
		) &&
		ofType(effects, "forget").every(
			(order) => !isSignedIn(after) && compare(order, after) === 0,
		),

	"S5 every own change of (epoch, generation) is written, or came from the store":
		(before, event, after, effects) =>
			compare(after, before) === 0 ||
			event.type === "changed-elsewhere" ||
			(before.status === "unauthenticated" && before.pending === "restoring") ||
			effects.some(({ type }) => type === "persist" || type === "forget"),

	"S8 a session ends only on proof": (before, event, after) =>
		!isSignedIn(before) || isSignedIn(after) || isProof(before, event),

	"S6 a session begins only by signing in, or as the store has it": (
		before,
		event,
		after,
	) =>
		isSignedIn(before) ||
		!isSignedIn(after) ||
		event.type === "signed-in" ||
		event.type === "changed-elsewhere",

	"S9 newer tokens in the store are adopted": (before, event, after) =>
		event.type !== "changed-elsewhere" ||
		!isSignedIn(before) ||
		!event.found?.arrival ||
		compare(event.found, before) <= 0 ||
		(isSignedIn(after) &&
			after.session === event.found.arrival.session &&
			compare(after, event.found) === 0),

	"S10 a refused or worn-out token is not usable": (before, _event, after) =>
		!isSignedIn(after) ||
		!after.usable ||
		!isSignedIn(before) ||
		compare(after, before) > 0 ||
		after.session.tokens !== before.session.tokens ||
		before.usable,

	"S13 nothing wakes a session that has ended, or is refreshing": (
		_before,
		_event,
		after,
		effects,
	) =>
		ofType(effects, "wake-at").every(
			({ atMs }) =>
				!Number.isNaN(atMs) &&
				(atMs === Infinity ||
					(isSignedIn(after) && after.status !== "refreshing")),
		),

	"S18 an extension moves forward only": (before, event, after) =>
		event.type !== "extended" ||
		after === before ||
		(isSignedIn(before) &&
			isSignedIn(after) &&
			after.session.receivedAtMs > before.session.receivedAtMs &&
			after.session.mustRefreshAtMs >= before.session.mustRefreshAtMs &&
			after.session.shouldRefreshAtMs >= before.session.shouldRefreshAtMs &&
			after.session.endsAtMs === before.session.endsAtMs),

	"L7 a failed refresh waits, bounded on both sides": (before, event, after) =>
		event.type !== "refresh-failed" ||
		after === before ||
		!isSignedIn(after) ||
		(after.retryAtMs >= event.atMs + minBackoffMs &&
			(after.retryAtMs <= event.atMs + maxBackoffMs ||
				after.retryAtMs === after.session.mustRefreshAtMs)),

	"L7 a resource that refuses everything costs one refresh per interval": (
		before,
		event,
		after,
	) =>
		event.type !== "token-rejected" ||
		after.status !== "refreshing" ||
		before.status !== "authenticated" ||
		event.atMs - before.rejectedAtMs >= event.minIntervalMs,

	"tokens are revoked only when their session is over": (
		_before,
		_event,
		after,
		effects,
	) =>
		ofType(effects, "revoke").every(
			({ tokens }) => !isSignedIn(after) || after.session.tokens !== tokens,
		),
};

const lawEntries = Object.entries(laws);

/** @returns the law that the step breaks, or `null` */
export function brokenLaw(
	before: AuthState,
	event: AuthEvent,
	[after, effects]: Step,
): string | null {
	for (const [name, law] of lawEntries)
		if (!law(before, event, after, effects)) return name;
	return null;
}
