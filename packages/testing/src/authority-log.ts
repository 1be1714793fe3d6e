import type { ApiRequest } from "./api-message.ts";
import {
	type AuthorityEvent,
	type AuthorityEventType,
	type Counters,
	countersOf,
	noCounts,
} from "./authority-event.ts";
import type { RequestKind } from "./fault.ts";
import type { Held } from "./token-ledger.ts";

/** Enough for any test; a server that runs for days must not grow. */
const maxEvents = 10_000;

const arrivals = {
	"sign-in": "signInRequests",
	refresh: "refreshRequests",
	"sign-out": "signOutRequests",
	api: "apiRequests",
} as const;

/** One thing to write down. */
export interface Note {
	readonly type: AuthorityEventType;
	readonly at?: Pick<ApiRequest, "method"> & { readonly path: string };
	readonly status?: number | null;
	readonly held?: Held | null | undefined;
	readonly account?: string | null | undefined;
	readonly detail?: string;
}

export interface AuthorityLog {
	readonly counters: Counters;
	readonly events: readonly AuthorityEvent[];
	arrived(kind: RequestKind): void;
	note(note: Note): void;
	subscribe(listener: (event: AuthorityEvent) => void): () => void;
	clear(): void;
}

export function createAuthorityLog(nowMs: () => number): AuthorityLog {
	let counters = noCounts;
	let events: AuthorityEvent[] = [];
	const listeners = new Set<(event: AuthorityEvent) => void>();
	const count = (names: readonly (keyof Counters)[]): void => {
		const next: Record<keyof Counters, number> = { ...counters };
		for (const name of names) next[name]++;
		counters = next;
	};
	return {
		get counters() {
			return counters;
		},
		get events() {
			return [...events];
		},
		arrived: (kind) => count(["requests", arrivals[kind]]),
		note({ type, at, status, held, account, detail }) {
			const event: AuthorityEvent = {
				atMs: nowMs(),
				type,
				method: at?.method ?? "",
				path: at?.path ?? "",
				status: status ?? null,
				account: held?.session.account ?? account ?? null,
				session: held?.session.id ?? null,
				generation: held?.pair.generation ?? null,
				detail: detail ?? null,
			};
			events.push(event);
			if (events.length > maxEvents) events.shift();
			count(countersOf[type]);
			for (const listener of [...listeners]) listener(event);
		},
		subscribe(listener) {
			listeners.add(listener);
			return () => {
				listeners.delete(listener);
			};
		},
		clear() {
			counters = noCounts;
			events = [];
		},
	};
}
