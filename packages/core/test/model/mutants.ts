/** The system with one fault each. The search must find every one of them, or it proves nothing about the real one. */
import {
	AuthError,
	type AuthEvent,
	type AuthState,
	type Step,
	transition,
} from "../../src/index.ts";
import {
	deadlineMs,
	mustRefreshAfterMs,
	type Rules,
	realRules,
} from "./configuration.ts";
import type { Case } from "./configurations.ts";

export interface Mutant {
	readonly name: string;
	/** Beginnings of the properties that may catch it. */
	readonly caughtBy: readonly string[];
	/** Name of the case in which it shows. */
	readonly in: string;
	readonly rules?: Partial<Rules>;
	readonly configuration?: Partial<Case>;
}

/** The machine, but for what it is told to do otherwise. */
const machine =
	(
		fault: (
			state: AuthState,
			event: AuthEvent,
			result: Step,
		) => Step | undefined,
	) =>
	(state: AuthState, event: AuthEvent): Step => {
		const result = transition(state, event);
		return fault(state, event, result) ?? result;
	};

const isLive = (state: AuthState) => state.status !== "unauthenticated";

export const mutants: readonly Mutant[] = [
	{
		name: "no epoch check at commit: a late answer signs in again",
		caughtBy: ["S6"],
		in: "sign-out against refresh, slow store",
		rules: {
			transition: machine((state, event) =>
				event.type === "refresh-succeeded" && !isLive(state)
					? transition(
							{ ...state, epoch: event.epoch - 1 },
							{ type: "signed-in", arrival: event.arrival, epochFloor: 0 },
						)
					: undefined,
			),
		},
	},
	{
		name: "no generation check at commit: a swap writes over whatever is there",
		caughtBy: ["S5", "S3", "S6"],
		in: "sign-out against refresh, slow store",
		rules: { comparesBeforeSwap: false },
	},
	{
		name: "a write borrows what a read has found while it waited",
		caughtBy: ["S5", "S6"],
		in: "sign-in and sign-out, slow store",
		rules: { dropsOvertakenSwaps: false },
	},
	{
		name: "no reading under the lock",
		caughtBy: ["S3", "S4"],
		in: "two tabs",
		rules: { rereadsUnderLock: false },
	},
	{
		name: "the lock is stolen when patience is over",
		caughtBy: ["S3", "S4"],
		in: "slow store",
		rules: { stealsLock: true },
		configuration: { leaseMs: 9_000, delays: 3 },
	},
	{
		name: "the lock is let go before the pair is stored",
		caughtBy: ["S3", "S4"],
		in: "slow store",
		rules: { holdsLockToTheEnd: false },
	},
	{
		name: "a lost answer counts as a no",
		caughtBy: ["S8"],
		in: "lost messages",
		rules: { lostAnswer: "rejected" },
	},
	{
		name: "a token in doubt is shown again at once",
		caughtBy: ["S3"],
		in: "lost messages",
		rules: { mindsDoubt: false },
	},
	{
		name: "newer tokens in the store are left there",
		caughtBy: ["S3", "S9", "L5"],
		in: "two tabs",
		rules: {
			transition: machine((state, event) =>
				event.type === "changed-elsewhere" &&
				isLive(state) &&
				event.found?.epoch === state.epoch &&
				event.found.arrival
					? [state, []]
					: undefined,
			),
		},
	},
	{
		name: "a no ends the session without another look",
		caughtBy: ["S9"],
		in: "crash and freeze, fenced",
		rules: { rereadsAfterNo: false },
		configuration: { isFenced: false },
	},
	{
		name: "the other look after a no may take for ever",
		caughtBy: ["L2"],
		in: "hung store",
		rules: { boundsRereading: false },
	},
	{
		name: "a flight is keyed by nothing: its answer is any session's",
		caughtBy: ["S7"],
		in: "two sign-ins",
		configuration: { clients: 1 },
		rules: {
			transition: machine((state, event) =>
				event.type === "refresh-succeeded" && isLive(state)
					? transition(state, {
							...event,
							epoch: state.epoch,
							generation: state.generation,
						})
					: undefined,
			),
		},
	},
	{
		name: "those who wait take any session's token",
		caughtBy: ["S7"],
		in: "two sign-ins",
		rules: {
			verdict: (state, want, ...rest) =>
				realRules.verdict(state, { ...want, epoch: -1 }, ...rest),
		},
	},
	{
		name: "two sign-ins may take the same epoch",
		caughtBy: ["S7"],
		in: "two sign-ins at once, slow store",
		configuration: { epochFloor: () => 0 },
	},
	{
		name: "a replay takes the token that was refused",
		caughtBy: ["S11"],
		in: "401 for good tokens",
		rules: {
			verdict: (state, want, ...rest) =>
				realRules.verdict(state, { ...want, after: -1 }, ...rest),
			transition: machine((state, event, [next, effects]) =>
				event.type === "token-rejected" &&
				state.status === "authenticated" &&
				next.status === "refreshing"
					? [{ ...next, usable: true }, effects]
					: undefined,
			),
		},
	},
	{
		name: "a refused token stays in use",
		caughtBy: ["S10"],
		in: "401 for good tokens",
		rules: {
			transition: machine((state, event, [next, effects]) =>
				event.type === "token-rejected" &&
				state.status === "authenticated" &&
				next.status === "refreshing"
					? [{ ...next, usable: true }, effects]
					: undefined,
			),
		},
	},
	{
		name: "a late 401 is not compared",
		caughtBy: ["L7"],
		in: "401 for good tokens",
		rules: {
			transition: machine((state, event) =>
				event.type === "token-rejected"
					? transition(state, { ...event, generation: state.generation })
					: undefined,
			),
		},
	},
	{
		name: "a refresh that is asked for begins a second flight",
		caughtBy: ["S2"],
		in: "lost, and asked",
		rules: {
			transition: machine((state, event) =>
				event.type === "refresh-asked" && state.status === "refreshing"
					? transition(
							{ ...state, status: "expired", usable: false, cause: "lifetime" },
							event,
						)
					: undefined,
			),
		},
	},
	{
		name: "who has waited is told a time-out instead of the token",
		caughtBy: ["S12"],
		in: "two who wait",
		rules: {
			verdict: (state, want, atMs, ...rest) => {
				const answer = realRules.verdict(state, want, atMs, ...rest);
				return answer === true && want.deadlineMs < atMs + deadlineMs
					? new AuthError("timeout")
					: answer;
			},
		},
	},
	{
		name: "an event that is ignored makes a new state all the same",
		caughtBy: ["S14"],
		in: "two tabs",
		rules: {
			checksLaws: true,
			transition: machine((state, event, [next]) =>
				event.type === "due" && next === state && isLive(state)
					? [{ ...state }, [{ type: "wake-at", atMs: Infinity }]]
					: undefined,
			),
		},
	},
	{
		name: "a failure keeps what was sent",
		caughtBy: ["S15"],
		in: "lost messages",
		rules: {
			checksLaws: true,
			transition: machine((_state, event, [next, effects]) =>
				event.type === "refresh-failed" &&
				next.status !== "unauthenticated" &&
				next.failure
					? [
							{
								...next,
								failure: {
									...next.failure,
									detail: next.session.tokens.refresh?.reveal() ?? null,
								},
							},
							effects,
						]
					: undefined,
			),
		},
	},
	{
		name: "a failure that comes twice counts twice",
		caughtBy: ["S17"],
		in: "lost messages",
		rules: {
			checksLaws: true,
			transition: machine((state, event) =>
				event.type === "refresh-failed" &&
				(state.status === "authenticated" || state.status === "expired")
					? transition({ ...state, status: "refreshing", cause: null }, event)
					: undefined,
			),
		},
	},
	{
		name: "an extension counts from any request, also from an older one",
		caughtBy: ["S18"],
		in: "sliding",
		configuration: { crowd: 2 },
		rules: {
			checksLaws: true,
			transition: machine((state, event) =>
				event.type === "extended" &&
				state.status === "authenticated" &&
				event.generation === state.generation &&
				event.sentAtMs < state.session.receivedAtMs
					? [
							{
								...state,
								session: {
									...state.session,
									receivedAtMs: event.sentAtMs,
									mustRefreshAtMs: event.sentAtMs + mustRefreshAfterMs,
								},
							},
							[{ type: "wake-at", atMs: Infinity }],
						]
					: undefined,
			),
		},
	},
	{
		name: "a failed refresh is the last one",
		caughtBy: ["L3"],
		in: "lost, timers",
		configuration: { clients: 1 },
		rules: {
			transition: machine((_state, event, [next, effects]) =>
				event.type === "refresh-failed" && next.status !== "unauthenticated"
					? [
							{ ...next, retryAtMs: Infinity },
							effects.filter(({ type }) => type !== "wake-at"),
						]
					: undefined,
			),
		},
	},
	{
		name: "the timer outlives the session",
		caughtBy: ["S13"],
		in: "sign-in and sign-out",
		rules: {
			transition: machine((_state, event, [next, effects]) =>
				event.type === "signed-out"
					? [next, effects.filter(({ type }) => type !== "wake-at")]
					: undefined,
			),
		},
	},
	{
		name: "a sign-out is not told to the store",
		caughtBy: ["S6", "L5"],
		in: "sign-in and sign-out",
		rules: {
			transition: machine((_state, event, [next, effects]) =>
				event.type === "signed-out"
					? [next, effects.filter(({ type }) => type !== "forget")]
					: undefined,
			),
		},
	},
	{
		name: "a refused swap is not looked into",
		caughtBy: ["S6"],
		in: "sign-out against refresh, slow store",
		rules: { rereadsAfterRefusal: false },
		configuration: { hasHints: false },
	},
	{
		name: "nobody hears that the lock could not be had",
		caughtBy: ["L2"],
		in: "two tabs",
		configuration: { calls: 1, delays: 1 },
		rules: { reportsLockFailure: false },
	},
	{
		name: "those who wait have no deadline",
		caughtBy: ["L1"],
		in: "hung store",
		rules: { hasDeadlines: false },
		configuration: { clients: 1, crashes: 1 },
	},
	{
		name: "no lease: a frozen holder keeps the lock",
		caughtBy: ["L4"],
		in: "frozen holder, no rotation",
		configuration: { leaseMs: Infinity, delays: 0 },
	},
];
