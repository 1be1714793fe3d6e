/**
 * The shell around a ready-made state: the real machine, with answers at once in the place of a network.
 * Over 200 lines because a session has that many methods, and they share one state.
 */
import {
	type Auth,
	AuthError,
	type AuthEvent,
	type AuthState,
	defineProtocol,
	type Grant,
	isAuthError,
	transition,
	type WaitOptions,
} from "@keyturn/core";
import { type SessionShape, sessionOf } from "./ready-session.ts";

/** How a ready-made session answers to what a component does with it. */
export interface ReadyOptions<Credentials, User> {
	/** Default `null`. */
	readonly user?: User | null;
	/** Whose requests are signed. Default `https://api.example.com`. */
	readonly baseUrl?: string;
	/** What `signIn` does: gives the user, or throws an `AuthError`. Default: signs in as `user`. */
	readonly onSignIn?: (
		credentials: Credentials,
	) => User | null | Promise<User | null>;
	/** What a refresh does: returns, or throws an `AuthError`. Default: renews at once; `refreshing()` waits for ever. */
	readonly onRefresh?: () => void | Promise<void>;
}

/** A session that a test can push on. */
export interface ReadyAuth<Credentials = unknown, User = unknown>
	extends Auth<Credentials, User> {
	/** Puts a fact to the real machine, as if it had happened. */
	raise(event: AuthEvent): void;
}

const never = (): Promise<void> => new Promise(() => {});

export interface ReadyStart {
	readonly state: AuthState;
	/** The session clock, which stands still. */
	readonly atMs: number;
	readonly shape: SessionShape;
}

export function createReadyAuth<Credentials, User>(
	{ state: first, atMs, shape }: ReadyStart,
	options: ReadyOptions<Credentials, User>,
): ReadyAuth<Credentials, User> {
	const { user = null, baseUrl = "https://api.example.com" } = options;
	const { onSignIn = () => user } = options;
	const { onRefresh = first.status === "refreshing" ? never : () => {} } =
		options;
	const protocol = defineProtocol<Credentials, User>({
		name: "ready-made",
		baseUrl,
		signIn: { path: "/sign-in" },
		read: () => null,
	});
	let state = first;
	let isClosed = false;
	let signIns = 0;
	const listeners = new Set<() => void>();

	const raise = (event: AuthEvent): void => {
		const [next, effects] = transition(state, event);
		if (isClosed || next === state) return;
		state = next;
		for (const effect of effects) if (effect.type === "refresh") void fly();
		for (const listener of [...listeners]) listener();
	};

	async function fly(): Promise<void> {
		const { epoch, generation } = state;
		try {
			await onRefresh();
			raise({
				type: "refresh-succeeded",
				epoch,
				generation,
				arrival: {
					session: sessionOf(generation + 1, atMs, shape),
					user: undefined,
				},
			});
		} catch (error) {
			const { code, detail } = isAuthError(error)
				? error
				: new AuthError("unavailable");
			raise({
				type: "refresh-failed",
				epoch,
				generation,
				attempt: "attempt" in state ? state.attempt : 1,
				failure: { code, detail },
				afterMs: null,
				atMs,
				isResendSafe: false,
				jitter: 0,
			});
		}
	}

	/** Settles as soon as `decide` gives something, now or after a change. */
	const until = <T>(
		decide: () => T | undefined,
		signal: WaitOptions["signal"],
	): Promise<T> =>
		new Promise((resolve, reject) => {
			const look = () => {
				try {
					const decided = isClosed ? fail("closed") : decide();
					if (decided === undefined) return;
					resolve(decided);
				} catch (error) {
					reject(error);
				}
				stop();
			};
			const onAbort = () => {
				stop();
				reject(signal?.reason);
			};
			const stop = () => {
				listeners.delete(look);
				signal?.removeEventListener("abort", onAbort);
			};
			if (signal?.aborted) return onAbort();
			signal?.addEventListener("abort", onAbort, { once: true });
			listeners.add(look);
			look();
		});

	const fail = (...failure: ConstructorParameters<typeof AuthError>): never => {
		throw new AuthError(...failure);
	};

	const isServing = (): boolean =>
		state.status !== "unauthenticated" && state.usable;

	const grant = (): Grant => {
		const { epoch, generation } = state;
		if (state.status === "unauthenticated") return fail("signed-out");
		return {
			epoch,
			generation,
			atMs,
			headers: protocol.authorize(state.session.tokens),
		};
	};

	/** A grant newer than `generation`; `null` when there is no session; `undefined`: not yet. */
	const newer = (generation: number, isRequired: boolean) => () => {
		if (state.status === "unauthenticated")
			return state.pending === "restoring"
				? undefined
				: isRequired
					? fail(state.failure?.code ?? "signed-out", state.failure ?? {})
					: null;
		if (isServing() && state.generation > generation) return grant();
		return state.status === "refreshing"
			? undefined
			: fail(state.failure?.code ?? "session-ended", state.failure ?? {});
	};

	const nothing = (): void => {};
	const isRestoring = (): boolean =>
		state.status === "unauthenticated" && state.pending === "restoring";

	const auth: ReadyAuth<Credentials, User> = {
		get state() {
			return state as AuthState<User>;
		},
		// not before it is known: what suspends until then would be rendered again and again
		ready: until(() => (isRestoring() ? undefined : null), null).then(
			nothing,
			nothing,
		),
		isPersisted: true,
		protocol,
		nowMs: () => atMs,
		subscribe(listener) {
			const call = () => listener();
			listeners.add(call);
			return () => {
				listeners.delete(call);
			};
		},
		async signIn(credentials) {
			if (isClosed) return fail("closed");
			const mine = ++signIns;
			raise({ type: "sign-in-started" });
			try {
				// never at once, as in real life: components must show that they wait
				await null;
				const found = await onSignIn(credentials);
				if (mine !== signIns) return fail("superseded");
				raise({
					type: "signed-in",
					arrival: { session: sessionOf(1, atMs, shape), user: found },
					epochFloor: 0,
				});
				return state as AuthState<User>;
			} catch (error) {
				const code = isAuthError(error) ? error.code : null;
				if (mine === signIns)
					raise({
						type: "sign-in-failed",
						reason:
							code === "rejected" || code === "password-expired" ? code : null,
					});
				throw error;
			}
		},
		async signOut() {
			signIns++;
			raise({ type: "signed-out" });
			return { isForgotten: true, isRevoked: null };
		},
		async refresh({ signal } = {}) {
			if (isClosed) return fail("closed");
			if (state.status === "unauthenticated") return fail("signed-out");
			const { generation } = state;
			raise({ type: "refresh-asked", atMs });
			await until(newer(generation, true), signal);
			return state as AuthState<User>;
		},
		authorize(url, { signal, required = false } = {}) {
			if (!protocol.covers(url)) return null;
			if (isClosed) return Promise.reject(new AuthError("closed"));
			if (isServing()) return grant();
			if (state.status === "unauthenticated" && !state.pending && !required)
				return null;
			raise({ type: "refresh-asked", atMs });
			return until(newer(-1, required), signal);
		},
		async renew({ epoch, generation }, { signal } = {}) {
			if (isClosed) return fail("closed");
			if (state.status === "unauthenticated" || state.epoch !== epoch)
				return null;
			raise({
				type: "token-rejected",
				epoch,
				generation,
				atMs,
				minIntervalMs: 0,
			});
			const { status } = state as AuthState;
			// not to be renewed: it is over, and the answer stands
			return status === "expired" && !state.session.isRefreshable
				? null
				: until(newer(generation, false), signal);
		},
		confirm: () => {},
		journal: [],
		close() {
			isClosed = true;
			for (const listener of [...listeners]) listener();
			listeners.clear();
		},
		[Symbol.dispose]: () => auth.close(),
		raise,
	};
	if (state.status === "refreshing") void fly();
	return auth;
}
