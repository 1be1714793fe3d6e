import type {
	Authenticated,
	AuthState,
	Expired,
	Refreshing,
	Session,
	Unauthenticated,
} from "@keyturn/core";

type WithoutTokens<State extends { readonly session: Session }> = Omit<
	State,
	"session"
> & { readonly session: Omit<Session, "tokens"> };

/**
 * The state as React gets to see it: without the tokens. What React is given it keeps, also for a while after it has left
 * the screen, and shows to its DevTools; so a token given to it would outlive the sign-out.
 */
export type AuthSnapshot<User = unknown> =
	| Unauthenticated
	| WithoutTokens<Authenticated<User>>
	| WithoutTokens<Expired<User>>
	| WithoutTokens<Refreshing<User>>;

/** Keyed by the state: nothing is found here without it, and nothing stays when it is gone. */
const snapshots = /* @__PURE__ */ new WeakMap<object, AuthSnapshot>();

/** The same snapshot for the same state, or React would render for ever. */
export function snapshotOf<User>(
	state: AuthState<User> | AuthSnapshot<User>,
): AuthSnapshot<User> {
	if (state.status === "unauthenticated") return state;
	let snapshot = snapshots.get(state) as AuthSnapshot<User> | undefined;
	if (!snapshot) {
		const { tokens: _tokens, ...session } = state.session as Session;
		snapshot = { ...state, session };
		snapshots.set(state, snapshot);
	}
	return snapshot;
}
