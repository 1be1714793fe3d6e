/**
 * The session around the machine: carries out effects through the ports and turns what comes back into events. It
 * decides nothing that the table could decide. Over 300 lines because every part works on the one state and its queue;
 * what does not is in files of its own.
 */
import {
	type ArrivalContext,
	arrivalOf,
	foundOf,
	isSessionRecord,
	recordOf,
	redactDetail,
	tombstoneOf,
} from "./arrival.ts";
import type { Auth, AuthOptions, AuthorizeOptions, Grant } from "./auth.ts";
import { AuthError, type AuthErrorCode, isAuthError } from "./auth-error.ts";
import type { Arrival, AuthEvent, Effect } from "./auth-event.ts";
import {
	type AuthState,
	type Failure,
	initialState,
	type Refreshing,
	type Session,
	type Unauthenticated,
} from "./auth-state.ts";
import { createCancel } from "./cancel.ts";
import { createJournal } from "./journal.ts";
import { readOptions } from "./options.ts";
import type { AbortSignalLike, SessionRecord, Stamp } from "./ports.ts";
import type { Answer, Exchange, Tokens } from "./protocol.ts";
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
	/** A grant of this generation or an older one will not do. */
	readonly after: number;
	/** An ended session is an answer (`null`), not an error. */
	readonly isBareFine: boolean;
	readonly deadlineMs: number;
	readonly resolve: (grant: Grant | null) => void;
	readonly reject: (error: unknown) => void;
	readonly release: () => void;
}

/** What a token request came to. */
interface Outcome {
	readonly arrival?: Arrival;
	readonly failure?: Failure;
	readonly afterMs: number | null;
	readonly cause?: unknown;
}

/** @throws AuthError `invalid-option`, naming the option */
export function createAuth<Credentials, User>(
	options: AuthOptions<Credentials, User>,
): Auth<Credentials, User> {
	const policy = readOptions(options);
	const { protocol, platform, store, coordinator, signals, onError } = options;

	const now = createSessionClock(platform);
	let state: AuthState = store ? initialState : emptyState;
	const journal = createJournal(policy.journalLimit, state);
	const listeners = new Set<() => void>();
	const waiters = new Set<Waiter>();
	const queue: AuthEvent[] = [];
	let isClosed = false;
	/** What the store was last seen to hold: what the next swap expects. */
	let held: Stamp | null = null;
	/** The end of the line of store operations under way. */
	let tail: Promise<unknown> | undefined;
	let hasStoreFailed = false;
	/** When something is due; everything before it is the ready path. */
	let wakeAtMs = Infinity;
	let ready: Promise<void> | undefined;
	let revoked: Promise<boolean> | undefined;
	let cause: unknown;
	let cancelWake: (() => void) | undefined;
	let cancelDeadline: (() => void) | undefined;
	let cancelFlight: (() => void) | undefined;
	let endSignIn: ((code: AuthErrorCode) => void) | undefined;

	const fault = (cause: unknown): void =>
		onError?.(new AuthError("port-failed", { cause }));

	/** A platform that throws must not leave a state half-way (B46). */
	const ask = <T>(call: () => T, otherwise: T): T => {
		try {
			return call();
		} catch (cause) {
			fault(cause);
			return otherwise;
		}
	};
	const wallMs = () => ask(() => platform.nowMs(), 0);
	const jitter = () => ask(() => platform.random(), 0);
	const after = (delayMs: number, callback: () => void, isBackground = false) =>
		ask(
			() =>
				platform.schedule(
					Math.min(Math.max(delayMs, 0), maxDelayMs),
					callback,
					{ isBackground },
				),
			() => {},
		);

	// The machine

	const raise = (event: AuthEvent): void => {
		// raised while another is being carried out: its turn comes, nothing recurses
		if (isClosed || queue.push(event) > 1) return;
		for (; queue[0]; queue.shift()) step(queue[0]);
	};

	const step = (event: AuthEvent): void => {
		const before = state;
		const [next, effects] = transition(state, event);
		if (next === before && !effects.length) return;
		state = next;
		journal.record(event, effects, state);
		for (const effect of effects) run(effect);
		settle();
		if (state !== before)
			for (const listener of [...listeners])
				try {
					listener();
				} catch (error) {
					// as with an event listener: the others run, and the runtime gets to see it (B45)
					if (onError) onError(error);
					else
						after(0, () => {
							throw error;
						});
				}
	};

	const run = (effect: Effect): void => {
		switch (effect.type) {
			case "refresh":
				fly(effect);
				break;
			case "persist":
				write(
					recordOf(
						state as Refreshing,
						protocol.name,
						// the record is on the wall clock: session clocks mean nothing to others
						wallMs() - now(),
					),
				);
				break;
			case "forget":
				write(tombstoneOf(effect, protocol.name));
				break;
			case "wake-at":
				wakeAtMs = effect.atMs;
				armWake();
				break;
			case "revoke":
				revoked = revoke(effect.tokens);
		}
	};

	// Time

	const due = () => raise({ type: "due", atMs: now() });

	/** One timer at most. With `eager: false` only while a request waits for it. */
	const armWake = (): void => {
		cancelWake?.();
		cancelWake =
			wakeAtMs < Infinity && (policy.isEager || waiters.size)
				? after(
						wakeAtMs - now(),
						// chained: a timer holds 24.8 days at most (B31), and may fire early
						() => (now() < wakeAtMs ? armWake() : due()),
						!waiters.size,
					)
				: undefined;
	};

	const armDeadline = (): void => {
		if (cancelDeadline && waiters.size) return;
		cancelDeadline?.();
		cancelDeadline = undefined;
		// all wait equally long, so the oldest is the first to leave
		for (const { deadlineMs } of waiters) {
			cancelDeadline = after(deadlineMs - now(), () => {
				cancelDeadline = undefined;
				const atMs = now();
				for (const waiter of waiters)
					if (waiter.deadlineMs <= atMs)
						leave(waiter).reject(new AuthError("timeout"));
				armDeadline();
			});
			return;
		}
	};

	// Those who wait

	const grantAt = (atMs: number): Grant => {
		const { epoch, generation, session } = state as Refreshing;
		return {
			epoch,
			generation,
			atMs,
			headers: protocol.authorize(session.tokens),
		};
	};

	const isServing = (atMs: number): boolean =>
		(state.status === "authenticated" ||
			(state.status === "refreshing" && state.usable)) &&
		atMs < state.session.mustRefreshAtMs;

	const isRestoring = (): boolean =>
		state.status === "unauthenticated" && state.pending === "restoring";

	const leave = (waiter: Waiter): Waiter => {
		waiters.delete(waiter);
		waiter.release();
		return waiter;
	};

	/** Lets a waiter go when the state has an answer for it. */
	const look = (waiter: Waiter, atMs: number): void => {
		const { epoch, after, isBareFine, deadlineMs } = waiter;
		const fail = (
			{ code, detail }: Failure,
			retryAfterMs: number | null = null,
		): void =>
			// a lost answer is never passed off as an ordinary "no" (B63)
			isBareFine &&
			(code === "session-ended" ||
				code === "signed-out" ||
				code === "rejected" ||
				code === "password-expired")
				? leave(waiter).resolve(null)
				: leave(waiter).reject(
						new AuthError(code, { detail, retryAfterMs, cause }),
					);
		if (state.status === "unauthenticated") {
			if (!isRestoring() || epoch >= 0)
				fail(
					state.failure ?? {
						code:
							state.reason === "session-ended" ? "session-ended" : "signed-out",
						detail: null,
					},
				);
		} else if (epoch >= 0 && epoch !== state.epoch)
			fail({ code: "superseded", detail: null });
		else if (state.generation > after && isServing(atMs))
			try {
				leave(waiter).resolve(grantAt(atMs));
			} catch (cause) {
				waiter.reject(new AuthError("port-failed", { cause }));
			}
		else if (
			state.status === "refreshing" ||
			// `due` follows, and moves it on
			(state.status === "authenticated" && after < 0) ||
			// one failure is retried while requests wait; the second is theirs
			(state.status === "expired" &&
				state.session.isRefreshable &&
				state.attempt < 2 &&
				state.retryAtMs <= deadlineMs)
		)
			return;
		else
			fail(
				state.failure ?? { code: "session-ended", detail: null },
				state.retryAtMs < Infinity ? Math.max(state.retryAtMs - atMs, 0) : null,
			);
	};

	const settle = (): void => {
		if (!waiters.size) return;
		const atMs = now();
		for (const waiter of waiters) look(waiter, atMs);
		if (waiters.size) due();
		else if (!policy.isEager) armWake();
		armDeadline();
	};

	const wait = (
		after: number,
		signal: AbortSignalLike | null | undefined,
		isBareFine: boolean,
	): Promise<Grant | null> =>
		new Promise((resolve, reject) => {
			const abort = () => {
				leave(waiter).reject(signal?.reason);
				armDeadline();
			};
			const atMs = now();
			const waiter: Waiter = {
				epoch: isRestoring() ? -1 : state.epoch,
				after,
				isBareFine,
				deadlineMs: atMs + policy.deadlineMs,
				resolve,
				reject,
				release: () => signal?.removeEventListener("abort", abort),
			};
			waiters.add(waiter);
			if (signal?.aborted) return abort();
			signal?.addEventListener("abort", abort, { once: true });
			look(waiter, atMs);
			if (waiters.has(waiter)) {
				armDeadline();
				cancelWake ?? armWake();
			}
		});

	// The store: one operation at a time, in order

	const inLine = <T>(
		call: () => T | Promise<T>,
		done: (value: T) => void,
	): void => {
		const failed = (cause: unknown): void => {
			hasStoreFailed = true;
			fault(cause);
			// a store that cannot be read has nothing for us; one that could not ends no session (S8)
			if (isRestoring()) raise({ type: "changed-elsewhere", found: null });
		};
		const succeeded = (value: T): void => {
			hasStoreFailed = false;
			done(value);
		};
		const go = (): Promise<void> | undefined => {
			if (isClosed) return undefined;
			try {
				const result = call();
				if (typeof (result as Promise<T> | null)?.then === "function")
					return (result as Promise<T>).then(succeeded).catch(failed);
				succeeded(result as T);
			} catch (cause) {
				failed(cause);
			}
			return undefined;
		};
		const pending = tail ? tail.then(go) : go();
		if (!pending) return;
		const mine = pending.then(() => {
			if (tail === mine) tail = undefined;
		});
		tail = mine;
	};

	/** What the store holds becomes an event. */
	const found = (record: SessionRecord | null): void => {
		const isOurs = isSessionRecord(record, protocol.name);
		// never ours: nothing has changed; ours until now: emptied
		if (!isOurs && !held && !isRestoring()) return;
		held = isOurs ? record : null;
		raise({
			type: "changed-elsewhere",
			found: isOurs ? foundOf(record, wallMs(), arrivalContext()) : null,
		});
	};

	const read = (): void => {
		if (store) inLine(() => store.read(), found);
	};

	/** Reads the store and waits until nothing is under way there. */
	const sync = async (): Promise<void> => {
		read();
		while (tail) await tail;
	};

	const write = (next: SessionRecord): void => {
		if (!store) return;
		inLine(
			() => store.swap(held, next),
			(hasWritten) => {
				if (hasWritten) {
					held = next;
					return;
				}
				const expected = held;
				inLine(
					() => store.read(),
					(record) => {
						// refused, and still as expected: not a race but a store that cannot write
						if (
							record?.epoch === expected?.epoch &&
							record?.generation === expected?.generation
						)
							throw new Error("swap refused");
						found(record);
					},
				);
			},
		);
	};

	// The protocol

	const canRefresh = (tokens: Tokens): boolean =>
		!!protocol.refresh &&
		(protocol.canRefresh ? protocol.canRefresh(tokens) : !!tokens.refresh);

	const arrivalContext = (): ArrivalContext => ({
		atMs: now(),
		jitter: jitter(),
		policy,
		canRefresh,
	});

	/** Asks, and judges the answer. Never rejects. */
	const exchange = async <Input>(
		via: Exchange<Input, User>,
		input: Input,
		previous: Session | null,
	): Promise<Outcome> => {
		let answer: Answer<User>;
		const refused = (
			code: AuthErrorCode,
			detail?: unknown,
			afterMs: number | null = null,
			cause?: unknown,
		): Outcome => ({
			failure: { code, detail: redactDetail(detail) },
			afterMs,
			cause,
		});
		try {
			const response = await platform.send(via.request(input));
			try {
				answer = via.judge(response, { nowMs: wallMs() });
			} catch {
				// whatever a judge throws may quote the answer (B108)
				return refused("bad-response");
			}
		} catch (cause) {
			return isAuthError(cause)
				? refused(cause.code, cause.detail, cause.retryAfterMs, cause)
				: refused("in-doubt", null, null, cause);
		}
		if (answer?.type === "ok") {
			const arrival = arrivalOf(answer, previous, arrivalContext());
			return arrival ? { arrival, afterMs: null } : refused("bad-response");
		}
		if (answer?.type === "retryable")
			return refused(
				answer.code ?? "unavailable",
				answer.detail,
				answer.afterMs ?? null,
			);
		const { type, detail } = (answer ?? {}) as {
			type?: AuthErrorCode;
			detail?: string;
		};
		return type === "rejected" ||
			type === "password-expired" ||
			type === "in-doubt"
			? refused(type, detail)
			: refused("bad-response");
	};

	const fly = ({
		epoch,
		generation,
		attempt,
	}: Effect & { type: "refresh" }) => {
		const via = protocol.refresh;
		const lock = coordinator && createCancel();
		const fail = (outcome: Outcome): void => {
			cause = outcome.cause;
			raise({
				type: "refresh-failed",
				epoch,
				generation,
				attempt,
				failure: outcome.failure as Failure,
				afterMs: outcome.afterMs,
				atMs: now(),
				jitter: jitter(),
				isResendSafe: via?.resend === "always",
			});
		};
		const giveUp = (code: AuthErrorCode, cause?: unknown): void =>
			fail({ failure: { code, detail: null }, afterMs: null, cause });
		// nothing may keep a flight in the air for ever: no lock, no store, no server (L2)
		let cancel = after(policy.lockWaitMs + policy.timeoutMs, () => {
			lock?.abort();
			giveUp("unavailable");
		});
		cancelFlight = () => {
			cancel();
			lock?.abort();
		};
		const work = async (): Promise<void> => {
			await sync();
			// somebody else has renewed or ended it meanwhile, or this flight was given up
			if (
				isClosed ||
				state.status !== "refreshing" ||
				state.epoch !== epoch ||
				state.generation !== generation ||
				state.attempt !== attempt ||
				!via
			)
				return;
			const { session } = state;
			cancel();
			await new Promise<void>((land) => {
				cancel = after(policy.timeoutMs, () => {
					giveUp("timeout");
					land();
				});
				void exchange(via, session.tokens, session).then(async (outcome) => {
					cancel();
					if (outcome.arrival)
						raise({
							type: "refresh-succeeded",
							epoch,
							generation,
							arrival: outcome.arrival,
						});
					else {
						// before a "no" ends the session: perhaps somebody else's "yes" is in the store (B14)
						if (store && outcome.failure?.code === "rejected") await sync();
						fail(outcome);
					}
					// the lock is held until the new pair is in the store
					while (tail) await tail;
					land();
				});
			});
		};
		(lock
			? coordinator.exclusive(`keyturn:${protocol.name}`, work, {
					signal: lock.signal,
					waitMs: policy.lockWaitMs,
				})
			: work()
		).then(
			() => cancel(),
			(cause) => {
				cancel();
				giveUp("unavailable", cause);
			},
		);
	};

	const revoke = async (tokens: Tokens): Promise<boolean> => {
		try {
			const request = protocol.signOut?.request(tokens);
			return !!request && (await platform.send(request)).status < 400;
		} catch {
			return false;
		}
	};

	const auth: Auth<Credentials, User> = {
		get state() {
			return state as AuthState<User>;
		},
		get ready() {
			ready ??= Promise.resolve();
			return ready;
		},
		protocol,
		nowMs: now,
		subscribe(listener) {
			// a function of its own, so that the same listener can subscribe twice
			const call = () => listener();
			if (!isClosed) listeners.add(call);
			return () => {
				listeners.delete(call);
			};
		},
		async signIn(credentials, { signal } = {}) {
			if (isClosed) throw new AuthError("closed");
			endSignIn?.("superseded");
			raise({ type: "sign-in-started" });
			return new Promise((resolve, reject) => {
				let isCurrent = true;
				/** After this the answer is nobody's. */
				const finish = (): void => {
					isCurrent = false;
					cancel();
					signal?.removeEventListener("abort", abort);
					endSignIn = undefined;
				};
				const fail = (
					error: unknown,
					reason: "rejected" | "password-expired" | null = null,
				): void => {
					finish();
					raise({ type: "sign-in-failed", reason });
					reject(error);
				};
				const abort = () => fail(signal?.reason);
				const cancel = after(policy.deadlineMs, () =>
					fail(new AuthError("timeout")),
				);
				endSignIn = (code) => fail(new AuthError(code));
				if (signal?.aborted) return abort();
				signal?.addEventListener("abort", abort, { once: true });
				void exchange(protocol.signIn, credentials, null).then(
					async ({ arrival, failure, afterMs, cause }) => {
						// what the store holds decides which epoch is the next
						if (arrival && isCurrent) await sync();
						if (!isCurrent) {
							// superseded, signed out or given up meanwhile: the tokens are nobody's (B80, B82)
							if (arrival) void revoke(arrival.session.tokens);
							return;
						}
						if (!arrival) {
							const { code, detail } = failure as Failure;
							fail(
								new AuthError(
									// nothing is at stake yet that could be in doubt
									code === "in-doubt" ? "unavailable" : code,
									{ detail, retryAfterMs: afterMs, cause },
								),
								code === "rejected" || code === "password-expired"
									? code
									: null,
							);
							return;
						}
						finish();
						raise({
							type: "signed-in",
							arrival,
							epochFloor: store ? Math.floor(wallMs() / 1000) : 0,
						});
						while (tail) await tail;
						if (
							state.status !== "unauthenticated" &&
							state.session.tokens === arrival.session.tokens
						)
							resolve(state as AuthState<User>);
						// somebody else's session was in the store first
						else reject(new AuthError("superseded"));
					},
				);
			});
		},
		async signOut() {
			endSignIn?.("superseded");
			revoked = undefined;
			raise({ type: "signed-out" });
			// called by a listener: the event is in the queue, and carried out before this goes on
			await null;
			const answer = revoked;
			while (tail) await tail;
			return {
				isForgotten: !hasStoreFailed,
				isRevoked: protocol.signOut && answer ? await answer : null,
			};
		},
		async refresh({ signal } = {}) {
			if (isRestoring() || queue[0]) await auth.ready;
			if (isClosed) throw new AuthError("closed");
			if (state.status === "unauthenticated") throw new AuthError("signed-out");
			const { generation } = state;
			raise({ type: "refresh-asked", atMs: now() });
			await wait(generation, signal, false);
			return state as AuthState<User>;
		},
		authorize(url, options) {
			if (!protocol.covers(url)) return null;
			const atMs = now();
			return atMs < wakeAtMs && isServing(atMs)
				? grantAt(atMs)
				: authorizeSlowly(url, options, atMs);
		},
		async renew(grant, { signal } = {}) {
			if (queue[0]) await null;
			if (isClosed) throw new AuthError("closed");
			const { epoch, generation } = grant;
			if (state.status === "unauthenticated" || epoch !== state.epoch)
				return null;
			raise({
				type: "token-rejected",
				epoch,
				generation,
				atMs: now(),
				minIntervalMs: policy.minIntervalMs,
			});
			return state.status === "authenticated" && state.generation === generation
				? null
				: wait(generation, signal, true);
		},
		confirm({ epoch, generation, atMs }) {
			if (protocol.isSliding)
				raise({ type: "extended", epoch, generation, sentAtMs: atMs });
		},
		get journal() {
			return journal.entries();
		},
		get journalBase() {
			return journal.base();
		},
		close() {
			if (isClosed) return;
			endSignIn?.("closed");
			isClosed = true;
			wakeAtMs = -Infinity;
			for (const waiter of waiters)
				leave(waiter).reject(new AuthError("closed"));
			for (const cancel of [
				cancelWake,
				cancelDeadline,
				cancelFlight,
				...unsubscribe,
			])
				cancel?.();
			listeners.clear();
		},
		[Symbol.dispose]: () => auth.close(),
	};

	const authorizeSlowly = (
		url: string,
		options: AuthorizeOptions = {},
		atMs: number,
	): Grant | null | Promise<Grant | null> => {
		const { signal, required = false } = options;
		if (isClosed) return Promise.reject(new AuthError("closed"));
		// called by a listener: what is in the queue comes first
		if (queue[0]) return auth.ready.then(() => auth.authorize(url, options));
		due();
		if (isServing(atMs)) return grantAt(atMs);
		if (isRestoring()) return wait(-1, signal, !required);
		return state.status !== "unauthenticated"
			? wait(-1, signal, false)
			: required
				? Promise.reject(new AuthError("signed-out"))
				: null;
	};

	const unsubscribe = [
		ask(() => store?.subscribe?.(read), undefined),
		ask(
			() =>
				signals?.subscribe(() => {
					void sync().then(due);
				}),
			undefined,
		),
	];
	read();
	if (tail) ready = sync();
	return auth;
}
