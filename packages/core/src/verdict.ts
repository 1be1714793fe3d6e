import { AuthError } from "./auth-error.ts";
import type { AuthState } from "./auth-state.ts";

/** What a waiting call wants of the session. */
export interface Want {
	/** Of the session that it began in; -1: whichever the store turns out to hold. */
	readonly epoch: number;
	/** A token of this generation or an older one will not do; -1: every one will. */
	readonly after: number;
	/** An ended session, or another one in its place, is an answer and not an error. */
	readonly isBareFine: boolean;
	/** Until when it waits. */
	readonly deadlineMs: number;
}

/** May the access token be sent? */
export const isServing = (state: AuthState, atMs: number): boolean =>
	state.status !== "unauthenticated" &&
	state.usable &&
	atMs < state.session.mustRefreshAtMs;

/**
 * What the state has to say to somebody who waits.
 * @returns `true`: the token; `null`: none, go on bare; an error; `undefined`: wait
 */
export function verdict(
	state: AuthState,
	{ epoch, after, isBareFine, deadlineMs }: Want,
	atMs: number,
	cause?: unknown,
): true | null | AuthError | undefined {
	const { failure } = state;
	if (state.status === "unauthenticated") {
		if (state.pending === "restoring" && epoch < 0) return undefined;
		// a lost answer is never passed off as an ordinary end (B63)
		if (isBareFine && failure?.code !== "in-doubt") return null;
		const { reason } = state;
		return new AuthError(
			failure?.code ?? (reason === "session-ended" ? reason : "signed-out"),
			{ detail: failure?.detail },
		);
	}
	if (epoch >= 0 && epoch !== state.epoch)
		return isBareFine ? null : new AuthError("superseded");
	if (state.generation > after && isServing(state, atMs)) return true;
	const { retryAtMs, usable, attempt } = state;
	return state.status === "refreshing" ||
		// past its time: `due` is on its way, and moves it on
		(usable && after < 0) ||
		// one failure is retried while requests wait; the second is theirs
		(!usable && attempt < 2 && retryAtMs <= deadlineMs)
		? undefined
		: failure
			? new AuthError(failure.code, {
					detail: failure.detail,
					retryAfterMs: Math.max(retryAtMs - atMs, 0),
					cause,
				})
			: new AuthError("session-ended");
}
