/** What the explorer saw: requests, token calls, states and what was done to the servers. Times are `performance.now()`. */
import type { AuthState, EventType, Status } from "@keyturn/core";
import { createCell, type Observable } from "./observable.ts";

export type CallKind = "api" | "sign-in" | "refresh" | "sign-out";

/** One time on the wire. */
export interface Send {
	readonly atMs: number;
	/** `null`: not answered yet. */
	readonly endMs: number | null;
	/** `null`: no answer. */
	readonly status: number | null;
}

export interface Call {
	readonly id: number;
	readonly kind: CallKind;
	/** When it was asked for; until the first send it waits. */
	readonly atMs: number;
	readonly endMs: number | null;
	/** A status, or an error's code. */
	readonly outcome: string | null;
	readonly sends: readonly Send[];
}

export interface StateMark {
	readonly atMs: number;
	readonly status: Status;
	/** May the token be sent in this state? */
	readonly isUsable: boolean;
	readonly epoch: number;
	readonly generation: number;
	/** What brought it; `null` at the start. */
	readonly event: EventType | null;
	readonly from: Status | null;
}

/** Something that was done to a server, or to this device. */
export interface Deed {
	readonly atMs: number;
	readonly label: string;
}

export interface TraceView {
	readonly calls: readonly Call[];
	readonly states: readonly StateMark[];
	readonly deeds: readonly Deed[];
}

export interface Trace extends Observable<TraceView> {
	/** @returns the number that ties sends and the end to it */
	asked(kind: CallKind): number;
	sent(id: number): void;
	answered(id: number, status: number | null): void;
	settled(id: number, outcome: string): void;
	changed(state: AuthState, event: EventType | null): void;
	did(label: string): void;
	clear(): void;
}

const maxCalls = 600;
const maxMarks = 300;

const now = () => performance.now();

export const markOf = (
	state: AuthState,
	event: EventType | null,
	from: Status | null,
): StateMark => ({
	atMs: now(),
	status: state.status,
	isUsable: state.status !== "unauthenticated" && state.usable,
	epoch: state.epoch,
	generation: state.generation,
	event,
	from,
});

export function createTrace(): Trace {
	let calls: Call[] = [];
	let states: StateMark[] = [];
	let deeds: Deed[] = [];
	let count = 0;
	let isDue = false;
	const view = createCell<TraceView>({ calls, states, deeds });

	const show = (): void => {
		isDue = false;
		view.set({ calls: [...calls], states: [...states], deeds: [...deeds] });
	};
	/** Fifty requests in a tick are one picture. A timer, not a frame: hidden tabs have no frames. */
	const touch = (): void => {
		if (isDue) return;
		isDue = true;
		setTimeout(show, 16);
	};
	const change = (id: number, next: (call: Call) => Partial<Call>): void => {
		const index = calls.findLastIndex((call) => call.id === id);
		const call = calls[index];
		if (!call) return;
		calls[index] = { ...call, ...next(call) };
		touch();
	};

	return {
		get: view.get,
		subscribe: view.subscribe,
		asked(kind) {
			const id = ++count;
			calls.push({
				id,
				kind,
				atMs: now(),
				endMs: null,
				outcome: null,
				sends: [],
			});
			if (calls.length > maxCalls) calls.shift();
			touch();
			return id;
		},
		sent: (id) =>
			change(id, ({ sends }) => ({
				sends: [...sends, { atMs: now(), endMs: null, status: null }],
			})),
		answered: (id, status) =>
			change(id, ({ sends }) => ({
				sends: sends.map((send, index) =>
					index === sends.length - 1 ? { ...send, endMs: now(), status } : send,
				),
			})),
		settled: (id, outcome) =>
			change(id, ({ sends }) => ({
				endMs: now(),
				outcome,
				// the body belongs to the answer
				sends: sends.map((send, index) =>
					index === sends.length - 1 && send.status !== null
						? { ...send, endMs: now() }
						: send,
				),
			})),
		changed(state, event) {
			states.push(markOf(state, event, states.at(-1)?.status ?? null));
			if (states.length > maxMarks) states.shift();
			touch();
		},
		did(label) {
			deeds.push({ atMs: now(), label });
			if (deeds.length > maxMarks) deeds.shift();
			touch();
		},
		clear() {
			calls = [];
			deeds = [];
			states = states.slice(-1).map((mark) => ({ ...mark, atMs: now() }));
			show();
		},
	};
}
