import { AuthError } from "@keyturn/core";

/** What is kept for one user; `Auth` fits, and so does `{ auth, fetch, close: auth.close }`. */
export interface UserSession {
	close(): void;
}

export interface UserSessionsOptions<Session extends UserSession> {
	/**
	 * Makes the session of one user; called when it is first needed, and again after it was let go. Synchronous: a session
	 * waits for its store by itself.
	 */
	readonly open: (user: string) => Session;
	/** How many are kept in this process, 1 to 1,000,000. Those in use are kept beyond it. Default 1,000. */
	readonly limit?: number | undefined;
}

/** Sessions of many users in one process. */
export interface UserSessions<Session extends UserSession> extends Disposable {
	/**
	 * Runs `work` with the session of `user` and of nobody else. There is one per user at a time, so that concurrent
	 * requests of a user share one refresh. It is not let go before `work` has settled; keep it no longer than that.
	 * @param user whatever names the user in your application; never empty
	 * @throws AuthError `invalid-option` when it is (a missing name would make strangers share a session), `closed`
	 */
	use<T>(user: string, work: (session: Session) => T | Promise<T>): Promise<T>;
	/** How many are kept. */
	readonly size: number;
	/** Closes them all, those in use when their work is done. Not a sign-out. */
	close(): void;
}

interface Entry<Session> {
	readonly session: Session;
	uses: number;
}

/**
 * For a server that acts for many users: the store has all of them, the process the most recently used. Letting one go
 * is not a sign-out; the next request reads it from the store.
 * @throws AuthError `invalid-option`, naming the option
 */
export function createUserSessions<Session extends UserSession>({
	open,
	limit = 1_000,
}: UserSessionsOptions<Session>): UserSessions<Session> {
	if (!(limit >= 1 && limit <= 1_000_000))
		throw new AuthError("invalid-option", { detail: "limit" });
	/** A Map keeps the order of insertion: the least recently used is the first. */
	const entries = new Map<string, Entry<Session>>();
	let isClosed = false;

	const trim = (): void => {
		let surplus = entries.size - (isClosed ? 0 : limit);
		for (const [user, { session, uses }] of entries) {
			if (surplus <= 0) return;
			if (uses) continue;
			surplus--;
			entries.delete(user);
			session.close();
		}
	};

	const close = (): void => {
		isClosed = true;
		trim();
	};

	return {
		async use(user, work) {
			if (typeof user !== "string" || user === "")
				throw new AuthError("invalid-option", { detail: "user" });
			if (isClosed) throw new AuthError("closed");
			const entry = entries.get(user) ?? { session: open(user), uses: 0 };
			entries.delete(user);
			entries.set(user, entry);
			entry.uses++;
			if (entries.size > limit) trim();
			try {
				return await work(entry.session);
			} finally {
				entry.uses--;
				if (isClosed || entries.size > limit) trim();
			}
		},
		get size() {
			return entries.size;
		},
		close,
		[Symbol.dispose]: close,
	};
}
