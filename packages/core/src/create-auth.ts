/**
 * The session around the machine: carries out effects through the ports and turns what comes back into events. It
 * decides nothing that the table could decide. Over 300 lines because every part works on the one state and its queue;
 * what does not is in files of its own.
 */
import { type ArrivalContext, arrivalOf, redactDetail } from "./arrival.ts";
import type { Auth, AuthOptions, Grant } from "./auth.ts";
import { AuthError, type AuthErrorCode, isAuthError } from "./auth-error.ts";
import type { Arrival, AuthEvent, Effect } from "./auth-event.ts";
import {
	type AuthState,
	initialState,
	type Refreshing,
	type Session,
	type Unauthenticated,
} from "./auth-state.ts";
import { createCancel } from "./cancel.ts";
import { createJournal } from "./journal.ts";
import { readOptions } from "./options.ts";
import type { AbortSignalLike } from "./ports.ts";
import type { Answer, Exchange, Tokens } from "./protocol.ts";
import { createSessionClock } from "./session-clock.ts";
import { transition } from "./transition.ts";

/** Longer delays fire at once in every runtime (B31). */
const maxDelayMs = 2 ** 31 - 1;

/** What a session without a store begins with: there is nothing to restore. */
const emptyState: Unauthenticated = /* @__PURE__ */ Object.freeze({
	...initialState,
	pending: null,
});

const nothing = (): void => {};

/** Somebody who waits: for a grant, or (a sign-in) for its own answer. */
interface Waiter<T = never> {
	/** Of the session that is waited for; -1: whichever the store turns out to hold. */
	readonly epoch: number;
	/** A grant of this generation or an older one will not do; `Infinity`: no grant will. */
	readonly after: number;
	/** An ended session is an answer (`null`), not an error. */
	readonly isBareFine: boolean;
	readonly deadlineMs: number;
	readonly resolve: (value: T) => void;
	readonly reject: (error: unknown) => void;
	readonly signal: AbortSignalLike | null | undefined;
	readonly abort: () => void;
}

/** What a token request came to: an arrival, or why there is none. */
type Outcome =
	| { readonly arrival: Arrival; readonly error?: undefined }
	| { readonly arrival?: undefined; readonly error: AuthError };

/** @throws AuthError `invalid-option`, naming the option */
export function createAuth<Credentials, User>(
	options: AuthOptions<Credentials, User>,
): Auth<Credentials, User> {
	const policy = readOptions(options);
	const { protocol, platform, store, coordinator, signals, onError } = options;
	const { eager, timeoutMs } = policy;

	const now = createSessionClock(platform);
	const journal = createJournal(policy.journalLimit);
	const listeners = new Set<() => void>();
	const waiters = new Set<Waiter>();
	const queue: AuthEvent[] = [];
	let state: AuthState = store ? initialState : emptyState;
	let isClosed = false;
	/** When something is due; everything before it is the ready path. */
	let wakeAtMs = Infinity;
	let signingIn: Waiter | undefined;
	let revoked: Promise<boolean> | undefined;
	/** Of the last refresh that failed, for those who wait for one. */
	let lastError: AuthError | undefined;
	let cancelWake: (() => void) | undefined;
	let cancelDeadline = nothing;
	let cancelFlight = nothing;

	const fault = (cause: unknown): void =>
		onError?.(new AuthError("port-failed", { cause }));

	const jitter = (): number => {
		try {
			return platform.random();
		} catch {
			return 0;
		}
	};

	/** A platform that throws must not leave a state half-way (B46). */
	const after = (
		delayMs: number,
		callback: () => void,
		isBackground = false,
	): (() => void) => {
		try {
			return platform.schedule(
				Math.min(Math.max(delayMs, 0), maxDelayMs),
				callback,
				{ isBackground },
			);
		} catch (cause) {
			fault(cause);
			return nothing;
		}
	};

	// The machine

	const raise = (event: AuthEvent): void => {
		// raised while another is being carried out: its turn comes, nothing recurses
		if (isClosed || queue.push(event) > 1) return;
		for (; queue[0]; queue.shift()) step(queue[0]);
	};

	const step = (event: AuthEvent): void => {
		const before = state;
		const [next, effects] = transition(before, event);
		if (next === before && !effects.length) return;
		state = next;
		journal.record(before, event, effects, next);
		for (const effect of effects) run(effect);
		settle();
		if (next !== before)
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
				link?.persist(state as Refreshing);
				break;
			case "forget":
				link?.forget(effect);
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

	const due = (): void => raise({ type: "due", atMs: now() });

	/** One timer at most. With `eager: false` only while somebody waits for it. */
	const armWake = (): void => {
		cancelWake?.();
		cancelWake =
			wakeAtMs < Infinity && (eager || waiters.size)
				? after(
						wakeAtMs - now(),
						// chained: a timer holds 24.8 days at most (B31), and may fire early
						() => (now() < wakeAtMs ? armWake() : due()),
						!waiters.size,
					)
				: undefined;
	};

	/** All wait equally long, so the oldest is the first to leave. */
	const armDeadline = (): void => {
		cancelDeadline();
		for (const { deadlineMs } of waiters) {
			cancelDeadline = after(deadlineMs - now(), () => {
				const atMs = now();
				for (const waiter of waiters)
					if (waiter.deadlineMs <= atMs) fail(waiter, new AuthError("timeout"));
				armDeadline();
			});
			break;
		}
	};

	// Those who wait

	const leave = <T>(waiter: Waiter<T>): Waiter<T> => {
		waiters.delete(waiter);
		waiter.signal?.removeEventListener("abort", waiter.abort);
		if (!waiters.size) {
			cancelDeadline();
			if (!eager) armWake();
		}
		return waiter;
	};

	const fail = <T>(waiter: Waiter<T>, error: unknown): void => {
		leave(waiter).reject(error);
		if (waiter !== signingIn) return;
		signingIn = undefined;
		const { code } = error as AuthError;
		raise({
			type: "sign-in-failed",
			reason: code === "rejected" || code === "password-expired" ? code : null,
		});
	};

	const wait = <T>(
		after: number,
		signal: AbortSignalLike | null | undefined,
		isBareFine: boolean,
		began?: (waiter: Waiter<T>) => void,
	): Promise<T> =>
		new Promise<T>((resolve, reject) => {
			if (signal?.aborted) return reject(signal.reason);
			const atMs = now();
			const waiter: Waiter<T> = {
				epoch: isRestoring() ? -1 : state.epoch,
				after,
				isBareFine,
				deadlineMs: atMs + policy.deadlineMs,
				resolve,
				reject,
				signal,
				abort: () => fail(waiter, signal?.reason),
			};
			waiters.add(waiter);
			if (waiters.size < 2) {
				armDeadline();
				if (!eager) armWake();
			}
			signal?.addEventListener("abort", waiter.abort, { once: true });
			if (began) began(waiter);
			else look(waiter, atMs);
		});

	const isRestoring = (): boolean =>
		state.status === "unauthenticated" && state.pending === "restoring";

	const isServing = (atMs: number): boolean =>
		state.status !== "unauthenticated" &&
		state.usable &&
		atMs < state.session.mustRefreshAtMs;

	const grantAt = (atMs: number): Grant => {
		const { epoch, generation, session } = state as Refreshing;
		return {
			epoch,
			generation,
			atMs,
			headers: protocol.authorize(session.tokens),
		};
	};

	/** Lets a waiter go if the state has an answer for it. */
	const look = (waiter: Waiter<never>, atMs: number): void => {
		const { epoch, after, isBareFine, deadlineMs, resolve } =
			waiter as Waiter<Grant | null>;
		if (after === Infinity) return;
		if (state.status === "unauthenticated") {
			if (state.pending === "restoring" && epoch < 0) return;
			const { failure, reason } = state;
			// a lost answer is never passed off as an ordinary end (B63)
			if (isBareFine && failure?.code !== "in-doubt") {
				leave(waiter);
				resolve(null);
			} else
				fail(
					waiter,
					new AuthError(
						failure?.code ??
							(reason === "session-ended" ? reason : "signed-out"),
						failure ?? {},
					),
				);
		} else if (epoch >= 0 && epoch !== state.epoch)
			fail(waiter, new AuthError("superseded"));
		else if (state.generation > after && isServing(atMs))
			try {
				leave(waiter);
				resolve(grantAt(atMs));
			} catch (cause) {
				waiter.reject(new AuthError("port-failed", { cause }));
			}
		else {
			const { failure, retryAtMs } = state;
			if (
				state.status === "refreshing" ||
				// `due` follows, and moves it on
				(state.usable && after < 0) ||
				// one failure is retried while requests wait; the second is theirs
				(!state.usable && state.attempt < 2 && retryAtMs <= deadlineMs)
			)
				return;
			fail(
				waiter,
				failure
					? new AuthError(failure.code, {
							detail: failure.detail,
							retryAfterMs: Math.max(retryAtMs - atMs, 0),
							cause: lastError?.cause,
						})
					: new AuthError("session-ended"),
			);
		}
	};

	const settle = (): void => {
		if (!waiters.size) return;
		const atMs = now();
		for (const waiter of waiters) look(waiter, atMs);
		if (waiters.size) due();
	};

	// The protocol

	const context = (): ArrivalContext => ({
		atMs: now(),
		jitter: jitter(),
		policy,
		canRefresh: (tokens) =>
			!!protocol.refresh &&
			(protocol.canRefresh ? protocol.canRefresh(tokens) : !!tokens.refresh),
		isResendSafe: protocol.refresh?.resend === "always",
	});

	/** Asks, and judges the answer. Never rejects. */
	const exchange = async <Input>(
		via: Exchange<Input, User>,
		input: Input,
		previous: Session | null,
	): Promise<Outcome> => {
		let answer: Answer<User> | undefined;
		let failure: unknown;
		try {
			const response = await platform.send(via.request(input));
			try {
				answer = via.judge(response, { nowMs: platform.nowMs() });
			} catch {
				// what a judge throws may quote the answer (B108)
			}
			if (answer?.type === "ok") {
				const arrival = arrivalOf(answer, previous, context());
				if (arrival) return { arrival };
				answer = undefined;
			}
		} catch (cause) {
			failure = cause;
			answer = { type: "in-doubt" };
		}
		if (isAuthError(failure)) return { error: failure };
		const { type, code, detail, afterMs } = (answer ?? {}) as {
			type?: "retryable" | AuthErrorCode;
			code?: AuthErrorCode;
			detail?: string;
			afterMs?: number;
		};
		return {
			error: new AuthError(
				type === "rejected" ||
					type === "password-expired" ||
					type === "in-doubt"
					? type
					: (code ?? (type ? "unavailable" : "bad-response")),
				{
					detail: redactDetail(detail),
					retryAfterMs: afterMs,
					cause: failure,
				},
			),
		};
	};

	const fly = ({
		epoch,
		generation,
		attempt,
	}: Effect & { type: "refresh" }) => {
		const via = protocol.refresh;
		const lock = coordinator && createCancel();
		const giveUp = (error: AuthError): void => {
			const { code, detail, retryAfterMs } = error;
			lastError = error;
			raise({
				type: "refresh-failed",
				epoch,
				generation,
				attempt,
				failure: { code, detail },
				afterMs: retryAfterMs,
				atMs: now(),
				jitter: jitter(),
				isResendSafe: via?.resend === "always",
			});
		};
		const work = async (): Promise<AuthErrorCode | undefined> => {
			await link?.sync();
			// somebody else has renewed or ended it meanwhile, or this flight was given up
			if (
				isClosed ||
				!via ||
				state.status !== "refreshing" ||
				state.epoch !== epoch ||
				state.generation !== generation ||
				state.attempt !== attempt
			)
				return undefined;
			const { session, user } = state;
			return new Promise((land) => {
				cancel();
				cancel = after(timeoutMs, () => {
					giveUp(new AuthError("timeout"));
					land("timeout");
				});
				void exchange(via, session.tokens, session).then(
					async ({ arrival, error }) => {
						cancel();
						if (error) {
							// before a "no" ends the session: perhaps somebody else's "yes" is in the store (B14)
							if (error.code === "rejected") await link?.sync().catch(nothing);
							giveUp(error);
						} else if (isClosed)
							// the only live pair: not ours to use any more, but not to lose either
							link?.persist({
								epoch,
								generation: generation + 1,
								session: arrival.session,
								user: arrival.user ?? user,
							});
						else
							raise({ type: "refresh-succeeded", epoch, generation, arrival });
						// the lock is held until the new pair is in the store
						await link?.settled();
						land(error?.code);
					},
				);
			});
		};
		// nothing keeps a flight in the air for ever: no lock, no store, no server (L2)
		let cancel = after(policy.lockWaitMs + timeoutMs, () => {
			lock?.abort();
			giveUp(new AuthError("unavailable"));
		});
		cancelFlight = () => {
			cancel();
			lock?.abort();
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
				giveUp(
					isAuthError(cause) ? cause : new AuthError("unavailable", { cause }),
				);
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

	const supersede = (): void => {
		if (signingIn) fail(signingIn, new AuthError("superseded"));
	};

	const authorize: Auth["authorize"] = (url, options = {}) => {
		if (!protocol.covers(url)) return null;
		const atMs = now();
		if (atMs < wakeAtMs && isServing(atMs)) return grantAt(atMs);
		const { signal, required = false } = options;
		if (isClosed) return Promise.reject(new AuthError("closed"));
		// called by a listener: what is in the queue comes first
		if (queue[0]) return ready.then(() => authorize(url, options));
		due();
		if (isServing(atMs)) return grantAt(atMs);
		if (state.status !== "unauthenticated" || isRestoring())
			return wait(-1, signal, isRestoring() && !required);
		return required ? Promise.reject(new AuthError("signed-out")) : null;
	};

	const link = store?.link({
		protocol: protocol.name,
		nowMs: () => platform.nowMs(),
		context,
		found(found, wasHeld) {
			if (found || wasHeld || isRestoring())
				raise({ type: "changed-elsewhere", found });
		},
		fault,
	});
	link?.read();
	const ready = link?.settled() ?? Promise.resolve();
	const stopSignals = signals?.subscribe(() => {
		void Promise.resolve(link?.sync()).then(due, nothing);
	});

	const auth: Auth<Credentials, User> = {
		get state() {
			return state as AuthState<User>;
		},
		ready,
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
			supersede();
			return wait<AuthState<User>>(Infinity, signal, false, (waiter) => {
				signingIn = waiter as Waiter<never>;
				raise({ type: "sign-in-started" });
				void exchange(protocol.signIn, credentials, null).then(
					async ({ arrival, error }) => {
						const isOver = () => (signingIn as unknown) !== waiter;
						// what the store holds decides which epoch is the next
						if (arrival && !isOver()) await link?.sync().catch(nothing);
						if (isOver()) {
							// superseded, signed out or given up: the tokens are nobody's (B80, B82)
							if (arrival) void revoke(arrival.session.tokens);
						} else if (error)
							fail(
								waiter,
								// nothing is at stake yet that could be in doubt
								error.code === "in-doubt"
									? new AuthError("unavailable", error)
									: error,
							);
						else {
							signingIn = undefined;
							leave(waiter);
							raise({
								type: "signed-in",
								arrival,
								epochFloor: link?.epochFloor() ?? 0,
							});
							await link?.settled();
							if (
								state.status !== "unauthenticated" &&
								state.session.tokens === arrival.session.tokens
							)
								waiter.resolve(state as AuthState<User>);
							// somebody else's session was in the store first, or a sign-out came between
							else waiter.reject(new AuthError("superseded"));
						}
					},
				);
			});
		},
		async signOut() {
			supersede();
			revoked = undefined;
			raise({ type: "signed-out" });
			// called by a listener: the event is in the queue, and carried out before this goes on
			await null;
			const answer = revoked;
			await link?.settled();
			return {
				isForgotten: !link?.isFailing(),
				isRevoked: protocol.signOut && answer ? await answer : null,
			};
		},
		async refresh({ signal } = {}) {
			if (isRestoring() || queue[0]) await ready;
			if (isClosed) throw new AuthError("closed");
			if (state.status === "unauthenticated") throw new AuthError("signed-out");
			const { generation } = state;
			raise({ type: "refresh-asked", atMs: now() });
			await wait(generation, signal, false);
			return state as AuthState<User>;
		},
		authorize,
		async renew({ epoch, generation }, { signal } = {}) {
			if (queue[0]) await null;
			if (isClosed) throw new AuthError("closed");
			if (state.status === "unauthenticated" || epoch !== state.epoch)
				return null;
			raise({
				type: "token-rejected",
				epoch,
				generation,
				atMs: now(),
				minIntervalMs: policy.minIntervalMs,
			});
			// still served: the refresh budget is used up. Not to be renewed: it is over. The answer stands.
			return state.generation === generation &&
				(state.status === "authenticated" || !state.session.isRefreshable)
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
		close() {
			if (isClosed) return;
			for (const waiter of waiters) fail(waiter, new AuthError("closed"));
			isClosed = true;
			wakeAtMs = -Infinity;
			cancelWake?.();
			cancelDeadline();
			cancelFlight();
			link?.close();
			stopSignals?.();
			listeners.clear();
		},
		[Symbol.dispose]: () => auth.close(),
	};
	return auth;
}
