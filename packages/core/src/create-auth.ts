/**
 * The session around the machine: carries out effects through the ports and turns what comes back into events. It
 * decides nothing that the table could decide. Over 200 lines because the public methods are here with the one state
 * that they all work on.
 *
 * A server may hold 10^5 sessions that nobody asks anything of, so what only a busy one needs is made when it is busy.
 */
import type { ArrivalContext } from "./arrival.ts";
import type { Auth, AuthOptions, Grant } from "./auth.ts";
import { AuthError } from "./auth-error.ts";
import type { AuthEvent, Effect } from "./auth-event.ts";
import {
	type AuthState,
	initialState,
	type Refreshing,
	type Unauthenticated,
} from "./auth-state.ts";
import type { StoreLink } from "./define-store.ts";
import { exchange, revoke } from "./exchange.ts";
import { fly } from "./flight.ts";
import { journaled, lines, record } from "./journal.ts";
import { readOptions } from "./options.ts";
import { ownMembers } from "./own-members.ts";
import type { AbortSignalLike } from "./ports.ts";
import { createSessionClock } from "./session-clock.ts";
import { transition } from "./transition.ts";
import { isServing, verdict } from "./verdict.ts";
import {
	createWaitingRoom,
	type Guest,
	type WaitingRoom,
} from "./waiting-room.ts";

/** Longer delays fire at once in every runtime (B31). */
const maxDelayMs = 2 ** 31 - 1;

/** What a session without a store begins with: there is nothing to restore. */
const emptyState: Unauthenticated = /* @__PURE__ */ Object.freeze({
	...initialState,
	pending: null,
});

/** Shared: nothing has to be waited for without a store. */
const atOnce: Promise<void> = /* @__PURE__ */ Promise.resolve();

const nothing = (): void => {};

/** A platform that throws must not leave a state half-way (B46). */
const safely = (call: () => number): number => {
	try {
		return call();
	} catch {
		return 0;
	}
};

const isRestoring = (state: AuthState): boolean =>
	state.status === "unauthenticated" && state.pending === "restoring";

/** The session object as it is made: its state is data, and what it does not own it inherits. */
type Own<T> = {
	-readonly [K in Exclude<keyof T, keyof typeof journaled>]: T[K];
} & { readonly __proto__: typeof journaled; readonly [lines]: string[] };

/** @throws AuthError `invalid-option`, naming the option */
export function createAuth<Credentials, User>(
	given: AuthOptions<Credentials, User>,
): Auth<Credentials, User> {
	const options = ownMembers(given);
	const policy = readOptions(options);
	const { protocol, platform, store, coordinator, signals, onError } = options;

	const now = createSessionClock(platform);
	const queue: AuthEvent[] = [];
	let listeners: Set<() => void> | undefined;
	let room: WaitingRoom | undefined;
	let link: StoreLink | undefined;
	let state: AuthState = store ? initialState : emptyState;
	let isClosed = false;
	/** When something is due; everything before it is the ready path. */
	let wakeAtMs = Infinity;
	let signingIn: Guest | undefined;
	let revoked: Promise<boolean> | undefined;
	/** Of the last refresh that failed. */
	let cause: unknown;
	let cancelWake = nothing;
	let cancelFlight = nothing;
	let stopSignals = nothing;

	/** Async: what it throws itself is the runtime's to show, and stops no event half-way. */
	const report = async (error: unknown): Promise<void> => onError?.(error);

	const fault = (cause: unknown): void =>
		void report(new AuthError("port-failed", { cause }));

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
		auth.state = next as AuthState<User>;
		record(auth[lines], policy.journalLimit, before, event, effects, next);
		for (const effect of effects) run(effect);
		if (room?.settle()) due();
		if (next !== before)
			for (const listener of [...(listeners ?? [])])
				try {
					listener();
				} catch (error) {
					// as with an event listener: the others run, and the runtime gets to see it (B45)
					if (onError) void report(error);
					else
						after(0, () => {
							throw error;
						});
				}
	};

	const run = (effect: Effect): void => {
		switch (effect.type) {
			case "refresh":
				cancelFlight = fly(effect, {
					protocol,
					platform,
					coordinator,
					link,
					policy,
					state: () => state,
					isClosed: () => isClosed,
					raise,
					failed(error) {
						cause = error.cause;
					},
					after,
					context,
				});
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
				revoked = revoke(protocol, platform, effect.tokens);
		}
	};

	// Time

	const due = (): void => raise({ type: "due", atMs: now() });

	/** One timer at most. With `eager: false` only while somebody waits for it. */
	const armWake = (): void => {
		cancelWake();
		const isAwaited = !!room?.guests.size;
		cancelWake =
			wakeAtMs < Infinity && (policy.eager || isAwaited)
				? after(
						wakeAtMs - now(),
						// chained: a timer holds 24.8 days at most (B31), and may fire early
						() => (now() < wakeAtMs ? armWake() : due()),
						!isAwaited,
					)
				: nothing;
	};

	// Those who wait

	const grantAt = (atMs: number): Grant | Promise<never> => {
		const { epoch, generation, session } = state as Refreshing;
		try {
			return {
				epoch,
				generation,
				atMs,
				headers: protocol.authorize(session.tokens),
			};
		} catch (cause) {
			return Promise.reject(new AuthError("port-failed", { cause }));
		}
	};

	/** @param began called once the guest is in; default: the state may have an answer already */
	const wait = <T = Grant | null>(
		newerThan: number,
		signal: AbortSignalLike | null | undefined,
		isBareFine: boolean,
		began?: (guest: Guest<T>) => void,
	): Promise<T> => {
		room ??= createWaitingRoom(
			policy.deadlineMs,
			now,
			after,
			armWake,
			(guest: Guest<Grant | null | Promise<never>>, atMs) => {
				const answer = verdict(state, guest, atMs, cause);
				if (answer instanceof AuthError) guest.reject(answer);
				else if (answer !== undefined) guest.resolve(answer && grantAt(atMs));
			},
		);
		return room.enter(
			{
				epoch: isRestoring(state) ? -1 : state.epoch,
				after: newerThan,
				isBareFine,
			},
			signal,
			began,
		);
	};

	// The protocol

	const context = (): ArrivalContext => ({
		atMs: now(),
		jitter: safely(platform.random),
		policy,
		canRefresh: (tokens) =>
			!!protocol.refresh &&
			(protocol.canRefresh ? protocol.canRefresh(tokens) : !!tokens.refresh),
		isResendSafe: protocol.refresh?.resend === "always",
	});

	/** The answer to a sign-in under way is nobody's from here on. */
	const supersede = (): void => {
		signingIn?.reject(new AuthError("superseded"));
		signingIn = undefined;
	};

	const authorize: Auth["authorize"] = (url, options) => {
		if (!protocol.covers(url)) return null;
		const atMs = now();
		if (atMs < wakeAtMs && isServing(state, atMs)) return grantAt(atMs);
		const { signal, required = false } = ownMembers(options);
		if (isClosed) return Promise.reject(new AuthError("closed"));
		// called by a listener: what is in the queue comes first
		if (queue[0]) return auth.ready.then(() => authorize(url, options));
		due();
		if (isServing(state, atMs)) return grantAt(atMs);
		if (state.status !== "unauthenticated" || isRestoring(state))
			return wait(-1, signal, isRestoring(state) && !required);
		return required ? Promise.reject(new AuthError("signed-out")) : null;
	};

	const close = (): void => {
		if (isClosed) return;
		isClosed = true;
		for (const guest of room?.guests ?? [])
			guest.reject(new AuthError("closed"));
		wakeAtMs = -Infinity;
		cancelWake();
		cancelFlight();
		link?.close();
		stopSignals();
		listeners = undefined;
	};

	const auth: Own<Auth<Credentials, User>> = {
		__proto__: journaled,
		[lines]: [],
		state: state as AuthState<User>,
		ready: atOnce,
		isPersisted: true,
		protocol,
		nowMs: now,
		subscribe(listener) {
			// a function of its own, so that the same listener can subscribe twice
			const call = () => listener();
			if (!isClosed) {
				listeners ??= new Set();
				listeners.add(call);
			}
			return () => {
				listeners?.delete(call);
			};
		},
		async signIn(credentials, options) {
			const { signal } = ownMembers(options);
			if (isClosed) throw new AuthError("closed");
			supersede();
			let mine: Guest | undefined;
			const answered = async (guest: Guest<AuthState<User>>): Promise<void> => {
				const { arrival, error } = await exchange(
					platform,
					protocol.signIn,
					credentials,
					null,
					context,
				);
				// what the store holds decides which epoch is the next
				if (arrival && signingIn === mine) await link?.sync().catch(nothing);
				if (signingIn !== mine) {
					// superseded, signed out or given up: the tokens are nobody's (B80, B82)
					if (arrival) await revoke(protocol, platform, arrival.session.tokens);
				} else if (error)
					guest.reject(
						// nothing is at stake yet that could be in doubt
						error.code === "in-doubt"
							? new AuthError("unavailable", {
									detail: error.detail,
									cause: error.cause,
								})
							: error,
					);
				else {
					signingIn = undefined;
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
						guest.resolve(state as AuthState<User>);
					// somebody else's session was in the store first, or a sign-out came between
					else guest.reject(new AuthError("superseded"));
				}
			};
			try {
				return await wait<AuthState<User>>(Infinity, signal, false, (guest) => {
					mine = signingIn = guest as Guest<never>;
					raise({ type: "sign-in-started" });
					void answered(guest);
				});
			} catch (error) {
				const { code } = error as AuthError;
				if (signingIn === mine) {
					signingIn = undefined;
					raise({
						type: "sign-in-failed",
						reason:
							code === "rejected" || code === "password-expired" ? code : null,
					});
				}
				throw error;
			}
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
				isForgotten: auth.isPersisted,
				isRevoked: protocol.signOut && answer ? await answer : null,
			};
		},
		async refresh(options) {
			const { signal } = ownMembers(options);
			if (isRestoring(state) || queue[0]) await auth.ready;
			if (isClosed) throw new AuthError("closed");
			if (state.status === "unauthenticated") throw new AuthError("signed-out");
			const { generation } = state;
			raise({ type: "refresh-asked", atMs: now() });
			await wait(generation, signal, false);
			return state as AuthState<User>;
		},
		authorize,
		async renew({ epoch, generation }, options) {
			const { signal } = ownMembers(options);
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
		close,
		[Symbol.dispose]: close,
	};

	if (store) {
		link = store.link({
			protocol: protocol.name,
			nowMs: () => safely(platform.nowMs),
			context,
			found(found, wasHeld) {
				if (found || wasHeld || isRestoring(state))
					raise({ type: "changed-elsewhere", found });
			},
			ended(failure) {
				auth.isPersisted = !failure;
				if (failure) fault(failure[0]);
			},
		});
		link.read();
		auth.ready = link.settled();
	}
	try {
		stopSignals =
			signals?.subscribe(() => {
				Promise.resolve(link?.sync()).then(due, nothing);
			}) ?? nothing;
	} catch (cause) {
		fault(cause);
	}
	return auth as typeof auth & typeof journaled;
}
