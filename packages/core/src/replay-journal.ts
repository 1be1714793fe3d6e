import { type AuthState, initialState } from "./auth-state.ts";
import { type JournalEntry, toText } from "./journal.ts";
import { Secret } from "./secret.ts";
import { transition } from "./transition.ts";

/** What is attached to a bug report. */
export interface JournalExport {
	readonly version: 1;
	readonly entries: readonly JournalEntry[];
}

export interface Replay {
	/** The state before the first entry and after each. */
	readonly states: readonly AuthState[];
	/** Index of the first entry whose status or effects this version's table does not repeat; -1: all agree. */
	readonly divergesAt: number;
}

/** JSON has no Infinity, and fingerprints have no token: what `toText` changed is changed back. */
function revive(key: string, value: unknown): unknown {
	if (value === null && key.endsWith("AtMs"))
		return key === "rejectedAtMs" ? -Infinity : Infinity;
	const secret = typeof value === "string" && /^\[secret (\w+)\]$/.exec(value);
	return secret ? new Secret("", secret[1]) : value;
}

/**
 * The journal as JSON text for a bug report. Holds no token, no user, no address.
 * @param auth the session, or anything with its journal
 */
export function exportJournal({
	journal,
}: {
	readonly journal: readonly JournalEntry[];
}): string {
	return toText({ version: 1, entries: journal });
}

/**
 * Runs an exported journal through `transition` again.
 * @throws SyntaxError, without the text, when it is not an export of this version
 */
export function replayJournal(text: string): Replay {
	let parsed: JournalExport | undefined;
	try {
		parsed = JSON.parse(text, revive);
	} catch {}
	if (parsed?.version !== 1 || !Array.isArray(parsed.entries))
		throw new SyntaxError("not a Keyturn journal of version 1");
	let state: AuthState = parsed.entries[0]?.before ?? initialState;
	const states = [state];
	let divergesAt = -1;
	for (const [index, { event, effects, status }] of parsed.entries.entries()) {
		const [next, orders] = transition(state, event);
		state = next;
		states.push(state);
		if (
			divergesAt < 0 &&
			(state.status !== status ||
				orders.map(({ type }) => type).join() !== effects.join())
		)
			divergesAt = index;
	}
	return { states, divergesAt };
}
