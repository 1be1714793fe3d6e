import type { AuthEvent, Effect } from "./auth-event.ts";
import { type AuthState, initialState, type Status } from "./auth-state.ts";

/** One thing that happened, as plain JSON: fingerprints instead of tokens, no user, `null` for times that are never. */
export interface JournalEntry {
	readonly event: AuthEvent;
	/** Types of the effects that followed, in order. */
	readonly effects: readonly Effect["type"][];
	/** Status after the event. */
	readonly status: Status;
	/** The state before the event, on every 20th entry: a journal that has lost its beginning replays from there. */
	readonly before?: AuthState;
}

/** Where a session keeps its entries. */
export const lines: unique symbol = Symbol();

/**
 * The prototype of every session: an accessor of its own would make each session object a dictionary, a third of what an
 * idle session costs.
 */
export const journaled = {
	get journal(): JournalEntry[] {
		return JSON.parse(`[${(this as unknown as { [lines]: string[] })[lines]}]`);
	},
};

/** How many entries lie between two that carry the state, and go at once when there are too many. */
const stride = 20;

/**
 * Entries as text: a third of the size of the objects, and no way for a token to be in it. Users are left out: a bug
 * report need not say who was signed in.
 */
export const toText = (value: unknown): string =>
	JSON.stringify(value, (key, item) => (key === "user" ? undefined : item));

/**
 * Adds an entry to a journal.
 * @param limit how many entries are kept, give or take {@link stride}
 */
export function record(
	lines: string[],
	limit: number,
	before: AuthState,
	event: AuthEvent,
	effects: readonly Effect[],
	{ status }: AuthState,
): void {
	lines.push(
		toText({
			event,
			effects: effects.map(({ type }) => type),
			status,
			before:
				lines.length % stride || before === initialState ? undefined : before,
		}),
	);
	if (lines.length >= limit + stride) lines.splice(0, stride);
}
