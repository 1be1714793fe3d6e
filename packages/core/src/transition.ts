import type { AuthEvent, Effect } from "./auth-event.ts";
import type { AuthState } from "./auth-state.ts";
import { type Cell, table } from "./table.ts";

export type Step = readonly [state: AuthState, effects: readonly Effect[]];

/** When something happens by itself; `Infinity`: never. */
const wakeAt = (state: AuthState): number => {
	if (state.status === "unauthenticated" || state.status === "refreshing")
		return Infinity;
	const { shouldRefreshAtMs, mustRefreshAtMs, endsAtMs } = state.session;
	return Math.min(
		endsAtMs,
		state.usable
			? Math.min(mustRefreshAtMs, Math.max(state.retryAtMs, shouldRefreshAtMs))
			: state.retryAtMs,
	);
};

/**
 * One step of the machine: pure, total, without clock or chance.
 *
 * A new state ends its effects with the time it wants to be woken at. An ignored event gives the same state object and
 * no effects.
 */
export function transition(state: AuthState, event: AuthEvent): Step {
	// the only cast: the table's type has already paired each cell with its state and event
	const cell = table[state.status][event.type] as
		| ((state: AuthState, event: AuthEvent) => Cell)
		| null;
	const [next, ...effects] = cell?.(state, event) || [state];
	return [
		next,
		next === state
			? effects
			: [...effects, { type: "wake-at", atMs: wakeAt(next) }],
	];
}
