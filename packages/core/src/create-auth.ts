/**
 * The session around the machine: carries out effects through the ports and turns what comes back into events. It
 * decides nothing that the table could decide. Over 300 lines because every part shares the one state and its queue:
 * the parts that do not are in files of their own.
 */
import {
	arrivalOf,
	isSessionRecord,
	redactDetail,
	windows,
} from "./arrival.ts";
import type {
	Auth,
	AuthOptions,
	AuthorizeOptions,
	Grant,
	SignOutResult,
	WaitOptions,
} from "./auth.ts";
import { AuthError, type AuthErrorCode } from "./auth-error.ts";
import type { Arrival, AuthEvent, Effect, Found } from "./auth-event.ts";
import {
	type AuthState,
	type Failure,
	initialState,
	type Session,
	type Unauthenticated,
} from "./auth-state.ts";
import { createCancel } from "./cancel.ts";
import { createJournal } from "./journal.ts";
import { readOptions } from "./options.ts";
import type { SessionRecord, Stamp } from "./ports.ts";
import type { Answer, Exchange, Tokens } from "./protocol.ts";
import { Secret } from "./secret.ts";
import { createSessionClock } from "./session-clock.ts";
import { transition } from "./transition.ts";

/** Longer delays fire at once in every runtime (B31). */
const maxDelayMs = 2 ** 31 - 1;

const emptyState: Unauthenticated = /* @__PURE__ */ Object.freeze({
	...initialState,
	pending: null,
});

interface Waiter {
	/** Of the session that is waited for; -1: whichever the store turns out to hold. */
	readonly epoch: number;
	/** A grant of this generation will not do. */
	readonly after: number;
	/** An ended session is an answer (`null`), not an error. */
	readonly isBareFine: boolean;
	readonly deadlineMs: number;
	readonly resolve: (grant: Grant | null) => void;
	readonly reject: (error: unknown) => void;
	readonly release: () => void;
}

const isThenable = <T>(value: T | Promise<T>): value is Promise<T> =>
	typeof (value as Promise<T> | null)?.then === "function";

const isSame = (a: Stamp | null, b: Stamp | null): boolean =>
	a?.epoch === b?.epoch && a?.generation === b?.generation;

const errorOf = (
	{ code, detail }: Failure,
	retryAfterMs: number | null = null,
	cause?: unknown,
): AuthError => new AuthError(code, { detail, retryAfterMs, cause });

/** @throws AuthError `invalid-option`, naming the option */
export function createAuth<Credentials, User>(
	options: AuthOptions<Credentials, User>,
): Auth<Credentials, User> {
	const { protocol, platform, store, coordinator, signals, onError } = options;
	const policy = readOptions(options);

	const now = createSessionClock(platform);
	const startedAtMs = now();
	let state: AuthState = store ? initialState : emptyState;
	let isClosed = false;
	const journal = createJournal(policy.journalLimit, state);
	const listeners = new Set<() => void>();

	const wallMs = () => {
		try {
			return platform.nowMs();
		} catch {
			return 0;
		}
	};
	const jitter = () => {
		try {
			return platform.random();
		} catch {
			return 0;
		}
	};

	const report = (error: unknown): void => {
		if (onError) onError(error);
	};
	const reportFault = (cause: unknown): void =>
		report(new AuthError("port-failed", { cause }));
