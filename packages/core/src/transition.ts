import type { AuthEvent } from "./auth-event.ts";
import type { AuthState } from "./auth-state.ts";
import { type Step, table } from "./table.ts";

/**
 * One step of the machine: pure, total, without clock or chance. An ignored event gives the same state object and no
 * effects.
 */
export function transition(state: AuthState, event: AuthEvent): Step {
	// the only cast: the table's type has already paired each cell with its state and event
	const cell = table[state.status][event.type] as
		| ((state: AuthState, event: AuthEvent) => Step)
		| null;
	return cell ? cell(state, event) : [state, []];
}
