import type { AuthEvent, Effect } from "./auth-event.ts";
import { type AuthState, initialState, type Status } from "./auth-state.ts";
import { Secret } from "./secret.ts";
import { transition } from "./transition.ts";

/** One thing that happened. Holds no token (fingerprints only) and no user. */
export interface JournalEntry {
	readonly event: AuthEvent;
	/** Types of the effects that followed, in order. */
	readonly effects: readonly Effect["type"][];
	/** Status after the event. */
	readonly status: Status;
}

/** What is attached to a bug report: where the list starts, and what happened since. */
export interface JournalExport {
	readonly version: 1;
	readonly base: AuthState;
	readonly entries: readonly JournalEntry[];
}

export interface Replay {
	/** The state after each entry; `states[0]` is the base. */
	readonly states: readonly AuthState[];
	/** Index of the first entry whose status or effects this version's table does not repeat; -1: all agree. */
	readonly divergesAt: number;
}

/**
 * The list as text, one line an entry: strings are a third of the size of the objects, and cannot hold a token by
 * accident. Users are left out: a bug report need not say who was signed in.
 */
const toText = (value: unknown): string =>
	JSON.stringify(value, (key, item) => (key === "user" ? undefined : item));

/** JSON has no Infinity: a missing time is `never`. Fingerprints become tokens without text. */
function revive(key: string, value: unknown): unknown {
	if (value === null && key.endsWith("AtMs"))
		return key === "rejectedAtMs" ? -Infinity : Infinity;
	const secret = typeof value === "string" && /^\[secret (\w+)\]$/.exec(value);
	return secret ? new Secret("", secret[1]) : value;
}

export interface Journal {
	/** The entries, oldest first. Parsed anew at each read. */
	entries(): JournalEntry[];
	/** The state before the first entry. */
	base(): AuthState;
	record(event: AuthEvent, effects: readonly Effect[], state: AuthState): void;
}

/** @param limit how many entries are kept; 0 to 10,000 */
export function createJournal(limit: number, start: AuthState): Journal {
	let base = start;
	const lines: string[] = [];
	const parse = (line: string): JournalEntry => JSON.parse(line, revive);
	return {
		base: () => base,
		entries: () => lines.map(parse),
		record(event, effects, { status }) {
			lines.push(
				toText({ event, effects: effects.map(({ type }) => type), status }),
			);
			// what falls off the end moves the base, by the same pure step
			if (lines.length > limit)
				base = transition(base, parse(lines.shift() as string).event)[0];
		},
	};
}

/**
 * The journal as JSON text for a bug report. Holds no token, no user, no address.
 * @param auth anything with a journal and its base: the session itself
 */
export function exportJournal(auth: {
	readonly journal: readonly JournalEntry[];
	readonly journalBase: AuthState;
}): string {
	const { journal, journalBase } = auth;
	return toText({ version: 1, base: journalBase, entries: journal });
}

/**
 * Runs an exported journal through {@link transition} again.
 * @throws SyntaxError without the text, when it is not an export of this version
 */
export function replayJournal(text: string): Replay {
	let parsed: JournalExport | undefined;
	try {
		parsed = JSON.parse(text, revive);
	} catch {}
	if (parsed?.version !== 1 || !Array.isArray(parsed.entries))
		throw new SyntaxError("not a Keyturn journal of version 1");
	let state: AuthState = parsed.base ?? initialState;
	const states = [state];
	let divergesAt = -1;
	for (const [index, entry] of parsed.entries.entries()) {
		const [next, effects] = transition(state, entry.event);
		state = next;
		states.push(state);
		if (
			divergesAt < 0 &&
			(state.status !== entry.status ||
				effects.map(({ type }) => type).join() !== entry.effects.join())
		)
			divergesAt = index;
	}
	return { states, divergesAt };
}
