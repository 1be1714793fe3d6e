import {
	type Auth,
	type AuthState,
	type Coordinator,
	isAuthError,
	type SessionStore,
	type WaitOptions,
} from "@keyturn/core";
import { createLink, nextRead, taken } from "./link.ts";
import type { RedisAuthOptions } from "./redis-auth-options.ts";
import { coordinatorOn } from "./redis-coordinator.ts";
import { storeOn } from "./redis-store.ts";

/** What makes a session a fleet's: spread it into the options of `createAuth`. For one session, not for several. */
export interface RedisAuth extends AsyncDisposable {
	readonly store: SessionStore;
	readonly coordinator: Coordinator;
	/** No timers on servers: the session renews when it is used. */
	readonly refresh: { readonly eager: false };
	/**
	 * Signs in unless the fleet already is: of many processes that start at once, one does it, and the others take over
	 * what it got.
	 * @throws AuthError as `auth.signIn`, and `unavailable` when another process was at it for too long
	 */
	signInOnce<Credentials, User>(
		auth: Auth<Credentials, User>,
		credentials: Credentials,
		options?: WaitOptions,
	): Promise<AuthState<User>>;
	/** Resolves when this process holds no lease: a refresh under way has been stored. Await it before the process exits. */
	[Symbol.asyncDispose](): Promise<void>;
}

/**
 * Store and coordinator of one session for a fleet of processes and machines.
 * @throws AuthError `invalid-option`, naming the option
 */
export function redisAuth(options: RedisAuthOptions): RedisAuth {
	const link = createLink(options);
	const store = storeOn(link);
	const coordinator = coordinatorOn(link);
	const underWay = new Set<Promise<unknown>>();
	const exclusive: Coordinator["exclusive"] = (name, work, options) => {
		const result = coordinator.exclusive(name, work, options);
		const done: Promise<unknown> = result.then(
			() => underWay.delete(done),
			() => underWay.delete(done),
		);
		underWay.add(done);
		return result;
	};

	return {
		store,
		coordinator: { exclusive },
		refresh: { eager: false },
		async signInOnce(auth, credentials, { signal } = {}) {
			await auth.ready;
			const isIn = () => auth.state.status !== "unauthenticated";
			if (isIn()) return auth.state;
			try {
				return await exclusive(
					"sign-in",
					async () => {
						const seen = nextRead(link, link.commandTimeoutMs);
						link.hint();
						await seen;
						await taken();
						return isIn() ? auth.state : auth.signIn(credentials, { signal });
					},
					{
						// Made here: not every place that loads this module has one.
						signal: signal ?? new AbortController().signal,
						waitMs: link.leaseMs + 5_000,
					},
				);
			} catch (error) {
				if (signal?.aborted) throw signal.reason;
				if (isIn() && isAuthError(error) && error.code === "superseded")
					return auth.state;
				throw error;
			}
		},
		async [Symbol.asyncDispose]() {
			await Promise.all(underWay);
		},
	};
}
