/** The machine with one fault each, for the tests of the laws themselves. */
import {
	type AuthEvent,
	type AuthState,
	type Effect,
	type Step,
	transition,
} from "../src/index.ts";

type Fault = (
	before: AuthState,
	event: AuthEvent,
	after: AuthState,
	effects: readonly Effect[],
) => Step | undefined;

/** Passes on what the machine does, but for what the fault changes. */
const machine =
	(fault: Fault) =>
	(state: AuthState, event: AuthEvent): Step => {
		const [after, effects] = transition(state, event);
		return fault(state, event, after, effects) ?? [after, effects];
	};

const without = (
	effects: readonly Effect[],
	...types: readonly Effect["type"][]
): readonly Effect[] => effects.filter(({ type }) => !types.includes(type));

export const faultyMachines: Readonly<
	Record<string, (state: AuthState, event: AuthEvent) => Step>
> = {
	"takes a late answer": machine((before, event, _after, effects) =>
		event.type === "refresh-failed" &&
		event.generation < before.generation &&
		"session" in before
			? [{ ...before, attempt: before.attempt + 1 }, effects]
			: undefined,
	),
	"copies a state that nothing happened to": machine(
		(before, _event, after, effects) =>
			after === before && !effects.length ? [{ ...before }, []] : undefined,
	),
	"keeps the tokens of an ended session": machine(
		(before, _event, after, effects) =>
			after.status === "unauthenticated" && "session" in before
				? [{ ...after, last: before.session } as AuthState, effects]
				: undefined,
	),
	"starts each session at the first generation": machine(
		(before, event, after, effects) =>
			event.type === "refresh-succeeded" && after !== before
				? [{ ...after, generation: 1 }, effects]
				: undefined,
	),
	"refreshes while a refresh is under way": machine(
		(before, event, after, _effects) =>
			event.type === "refresh-asked" && before.status === "refreshing"
				? [
						after,
						[
							{
								type: "refresh",
								epoch: after.epoch,
								generation: after.generation,
								attempt: before.attempt,
							},
						],
					]
				: undefined,
	),
	"writes the stamp before": machine((before, _event, after, effects) =>
		after !== before
			? [
					after,
					effects.map((effect) =>
						effect.type === "persist"
							? { ...effect, generation: before.generation }
							: effect,
					),
				]
			: undefined,
	),
	"does not write new tokens": machine((_before, event, after, effects) =>
		event.type === "refresh-succeeded"
			? [after, without(effects, "persist")]
			: undefined,
	),
	"ends the session at a failure without proof": machine(
		(before, event, after, effects) =>
			event.type === "refresh-failed" &&
			after !== before &&
			after.status === "expired"
				? transition(before, { type: "signed-out" })
				: [after, effects],
	),
	"takes a late answer for a sign-in": machine((before, event) =>
		event.type === "refresh-succeeded" && before.status === "unauthenticated"
			? transition(before, {
					type: "signed-in",
					arrival: event.arrival,
					epochFloor: 0,
				})
			: undefined,
	),
	"leaves newer tokens in the store": machine((before, event) =>
		event.type === "changed-elsewhere" && before.status === "refreshing"
			? [before, []]
			: undefined,
	),
	"serves a refused token again": machine((before, event, after, effects) =>
		event.type === "refresh-failed" &&
		before.status === "refreshing" &&
		after.status === "expired"
			? [
					{ ...after, status: "authenticated", usable: true, cause: null },
					effects,
				]
			: undefined,
	),
	"leaves the timer of an ended session": machine(
		(_before, _event, after, effects) =>
			after.status === "unauthenticated" && effects.length
				? [
						after,
						[...without(effects, "wake-at"), { type: "wake-at", atMs: 0 }],
					]
				: undefined,
	),
	"lets an extension move back": machine((before, event, after, effects) =>
		event.type === "extended" &&
		before.status === "authenticated" &&
		after === before
			? [
					{
						...before,
						session: { ...before.session, receivedAtMs: event.sentAtMs },
					},
					[...effects, { type: "wake-at", atMs: Infinity }],
				]
			: undefined,
	),
	"retries at once": machine((before, event, after, effects) =>
		event.type === "refresh-failed" && after !== before && "session" in after
			? [{ ...after, retryAtMs: event.atMs }, effects]
			: undefined,
	),
	"refreshes at every rejection": machine((before, event) =>
		event.type === "token-rejected" && before.status === "authenticated"
			? transition({ ...before, rejectedAtMs: -Infinity }, event)
			: undefined,
	),
	"revokes the tokens that it goes on with": machine(
		(before, event, after, effects) =>
			event.type === "refresh-succeeded" &&
			after !== before &&
			"session" in after
				? [
						after,
						[{ type: "revoke", tokens: after.session.tokens }, ...effects],
					]
				: undefined,
	),
};
