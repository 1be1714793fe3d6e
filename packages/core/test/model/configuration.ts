/** What a search explores: how the world around the sessions behaves, and how often something may happen in it. */

import type { Step } from "../../src/index.ts";
import { type AuthEvent, type AuthState, transition } from "../../src/index.ts";
import { verdict } from "../../src/verdict.ts";

/** How often each thing that nobody has to do may happen on one path. */
export interface Budget {
	readonly signIns: number;
	readonly signOuts: number;
	/** Requests of the application. */
	readonly calls: number;
	/** Calls of `refresh()`. */
	readonly asks: number;
	readonly crashes: number;
	readonly freezes: number;
	/** Messages of the network that are lost, in either direction. */
	readonly losses: number;
	/** Answers 503 of the token endpoint. */
	readonly outages: number;
	/** Answers 401 of the API to a good token. */
	readonly refusals: number;
	/** Operations of a store that throw. */
	readonly storeFaults: number;
	/** Operations of one session's store that are never answered, and none after them. */
	readonly hangs: number;
	/** The store is emptied by hand or by the browser. */
	readonly wipes: number;
	/** Time passes although something could happen: slow networks, slow stores, late timers. */
	readonly delays: number;
}

export interface Configuration extends Partial<Budget> {
	readonly name: string;
	/** Sessions that share the store: tabs or processes. */
	readonly clients: number;
	/** Where they begin: nobody signed in, or all of them in one session. */
	readonly start: "signed-out" | "signed-in";
	/**
	 * - `instant`: each operation is over when the call returns (localStorage, memory)
	 * - `slow`: it happens later, in order (IndexedDB, Redis)
	 * - `plain`: slow, and a swap is a look and then, later, a write
	 */
	readonly store: "instant" | "slow" | "plain";
	/** Do the others hear of a write? */
	readonly hasHints: boolean;
	/** `null`: nobody coordinates. ms; `Infinity`: a lock ends with its holder. */
	readonly leaseMs: number | null;
	/** A store that shares the lease refuses to be read once it is over, and remembers who began a refresh and never ended it. */
	readonly isFenced?: boolean;
	/** What the epoch of a sign-in starts from. Default: something that no other sign-in can take. */
	readonly epochFloor?: (wallMs: number, family: number) => number;
	readonly isRotating: boolean;
	/** For how long the server answers a used refresh token alike, ms. `Infinity` is what `resend: "always"` is for. */
	readonly reuseMs: number;
	/** Each accepted request extends the session. */
	readonly isSliding?: boolean;
	readonly maxSessionMs?: number;
	/** Refreshes by timer. */
	readonly isEager: boolean;
	/** Everything happens in one instant: races without time-outs. */
	readonly isTimeless?: boolean;
	/** How many requests of one session are under way at a time; default 1. */
	readonly crowd?: number;
	/** Of the back-off; default 1, which makes its waits whole seconds. */
	readonly jitter?: number;
	/** How far each client's wall clock is off, ms. */
	readonly skewsMs?: readonly number[];
	/** Token pairs per sign-in after which a path ends. */
	readonly maxPairs: number;
	/** Is a lost message an error for its sender at once, or only silence? */
	readonly isSilent?: boolean;
}

/** All times are multiples of this, ms. */
export const unitMs = 1_000;

/** Real proportions, a fifth of the defaults in length. */
export const lifetimeMs = 12_000;
export const shouldRefreshAfterMs = 6_000;
export const mustRefreshAfterMs = 10_000;
export const timeoutMs = 2_000;
export const deadlineMs = 2_000;
export const lockWaitMs = 4_000;
export const minIntervalMs = 3_000;

/**
 * What is under test, and what a mutant changes: the machine, the judgement on those who wait, and the order of the
 * commit protocol.
 */
export interface Rules {
	transition(state: AuthState, event: AuthEvent): Step;
	verdict: typeof verdict;
	/** Reads the store once the lock is there. */
	readonly rereadsUnderLock: boolean;
	/** Reads the store once more before a "no" ends the session. */
	readonly rereadsAfterNo: boolean;
	/** Waits for that read only so long. */
	readonly boundsRereading: boolean;
	/** Takes the lock when patience is over. */
	readonly stealsLock: boolean;
	/** Keeps the lock until the pair is stored. */
	readonly holdsLockToTheEnd: boolean;
	/** Says so when the lock could not be had. */
	readonly reportsLockFailure: boolean;
	/** Reads the store again when a swap was refused. */
	readonly rereadsAfterRefusal: boolean;
	/** Compares before it swaps. */
	readonly comparesBeforeSwap: boolean;
	/** Leaves out a swap when a read has found something else since it was ordered. */
	readonly dropsOvertakenSwaps: boolean;
	/** Those who wait leave at their deadline. */
	readonly hasDeadlines: boolean;
	/** Shows a token in doubt again only where the server declares that it may. */
	readonly mindsDoubt: boolean;
	/** Checks the laws of single steps, too; without them a fault must show in what the whole system does. */
	readonly checksLaws: boolean;
	/** Takes a lost answer for what it is. */
	readonly lostAnswer: "in-doubt" | "rejected" | "unavailable";
}

export const realRules: Rules = {
	transition,
	verdict,
	rereadsUnderLock: true,
	rereadsAfterNo: true,
	boundsRereading: true,
	stealsLock: false,
	holdsLockToTheEnd: true,
	reportsLockFailure: true,
	rereadsAfterRefusal: true,
	comparesBeforeSwap: true,
	dropsOvertakenSwaps: true,
	hasDeadlines: true,
	mindsDoubt: true,
	checksLaws: true,
	lostAnswer: "in-doubt",
};
