/** What one event does to one state, in words short enough for a table. */
import {
	type AuthEvent,
	type AuthState,
	type Effect,
	Secret,
	type Status,
	transition,
} from "../../src/index.ts";
import { sampleEvents, sampleStates } from "../samples.ts";

const names = "own new next late foreign old twin newer other".split(" ");
const owners = new Map(
	names.map((name) => [new Secret(`access-${name}`).fingerprint, name]),
);

const marks = (state: AuthState): string => {
	if (state.status === "unauthenticated")
		return state.pending ? `${state.reason} (${state.pending})` : state.reason;
	const { status, usable, cause, attempt, retryAtMs } = state;
	return [
		status === "refreshing" ? (usable ? "usable" : "unusable") : cause,
		attempt && `attempt ${attempt}`,
		Number.isFinite(retryAtMs) && `retry at ${retryAtMs}`,
	]
		.filter(Boolean)
		.join(", ");
};

const orderOf = (effect: Effect): string => {
	switch (effect.type) {
		case "revoke":
			return `revoke ${owners.get(effect.tokens.access.fingerprint)}`;
		case "wake-at":
			return "";
		default:
			return effect.type;
	}
};

/** `=`: ignored. Else the next status, what marks it, the stamp if it changed, and the orders (but for `wake-at`). */
export function outcomeOf(state: AuthState, event: AuthEvent): string {
	const [next, effects] = transition(state, event);
	if (next === state && !effects.length) return "=";
	const { status, failure, epoch, generation } = next;
	const hasMoved = epoch !== state.epoch || generation !== state.generation;
	return [
		next === state ? "same" : status,
		next !== state && marks(next),
		next !== state && failure && `failed: ${failure.code}`,
		hasMoved && `now ${epoch}.${generation}`,
		...effects.map(orderOf),
	]
		.filter(Boolean)
		.join("; ");
}

/** Every sample event on every sample state of one status: a line per event and outcome. */
export function cellsOf(status: Status): string {
	const states = Object.entries<AuthState>(sampleStates[status]);
	const lines: string[] = [];
	for (const [type, events] of Object.entries(sampleEvents))
		for (const [variant, event] of Object.entries<AuthEvent>(events)) {
			const byOutcome = new Map<string, string[]>();
			for (const [name, state] of states) {
				const outcome = outcomeOf(state, event);
				byOutcome.set(outcome, [...(byOutcome.get(outcome) ?? []), name]);
			}
			lines.push(variant ? `${type}: ${variant}` : type);
			for (const [outcome, among] of byOutcome)
				lines.push(
					`  [${among.length === states.length ? "any" : among.join(", ")}] ${outcome}`,
				);
		}
	return lines.join("\n");
}
