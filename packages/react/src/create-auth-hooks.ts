import {
	type Auth,
	AuthError,
	initialState,
	isAuthError,
	type WaitOptions,
} from "@keyturn/core";
import {
	type Context,
	createContext,
	createElement,
	type ReactNode,
	useContext,
	useEffect,
	useMemo,
	useRef,
	useState,
	useSyncExternalStore,
} from "react";
import type {
	AuthHandle,
	AuthHooks,
	CredentialsOf,
	GateProps,
	UserOf,
} from "./auth-hooks.ts";
import { type AuthSnapshot, snapshotOf } from "./auth-snapshot.ts";

interface Scope<A extends Auth> {
	readonly auth: A;
	/** What hydration begins with. */
	readonly first: AuthSnapshot<UserOf<A>>;
}

type Scopes<A extends Auth> = Context<Scope<A> | null>;

const isRestoring = (state: AuthSnapshot): boolean =>
	state.status === "unauthenticated" && state.pending === "restoring";

/** Sessions whose store has been waited for: who is still "restoring" then was closed, and waiting would never end. */
const awaited = /* @__PURE__ */ new WeakSet<Auth>();

const whole = <State>(state: State): State => state;

const idle: Pick<AuthHandle, "isPending" | "error"> = {
	isPending: false,
	error: null,
};

function useScope<A extends Auth>(scopes: Scopes<A>): Scope<A> {
	const scope = useContext(scopes);
	if (!scope) throw new AuthError("invalid-option", { detail: "AuthProvider" });
	return scope;
}

function useSelected<A extends Auth, Selected>(
	scopes: Scopes<A>,
	selector: (state: AuthSnapshot<UserOf<A>>) => Selected,
	isEqual: (a: Selected, b: Selected) => boolean = Object.is,
): Selected {
	const { auth, first } = useScope(scopes);
	/** What is on the screen: a selection that equals it is replaced by it, also when the selector is a new function. */
	const shown = useRef<{ readonly value: Selected } | null>(null);
	const [read, readFirst] = useMemo(() => {
		let from: AuthSnapshot | undefined;
		let value: Selected;
		const select = (state: AuthSnapshot<UserOf<A>>): Selected => {
			if (state !== from) {
				const next = selector(state);
				const last = from ? { value } : shown.current;
				value = last && isEqual(last.value, next) ? last.value : next;
				from = state;
			}
			return value;
		};
		return [
			() => select(snapshotOf(auth.state) as AuthSnapshot<UserOf<A>>),
			() => select(first),
		];
	}, [auth, first, selector, isEqual]);
	const value = useSyncExternalStore(auth.subscribe, read, readFirst);
	useEffect(() => {
		shown.current = { value };
	});
	return value;
}

/**
 * Hooks and components for one kind of session, with a context of their own: credentials and user are known from
 * `auth`'s type, and two kinds of sessions can live in one tree.
 *
 * @param auth the session of everything that no provider surrounds. Leave it out where each request has its own (servers)
 * and give the type instead: `createAuthHooks<typeof auth>()`
 */
export function createAuthHooks<A extends Auth = Auth>(auth?: A): AuthHooks<A> {
	const scopes: Scopes<A> = createContext<Scope<A> | null>(
		auth ? { auth, first: initialState } : null,
	);
	const createGate =
		(test: (state: AuthSnapshot) => boolean) =>
		({ children, fallback }: GateProps): ReactNode =>
			useSelected(scopes, test) ? children : fallback;

	return {
		AuthProvider({ auth, initialState: given = initialState, children }) {
			const [first] = useState(() => snapshotOf(given));
			return createElement(
				scopes.Provider,
				{ value: useMemo(() => ({ auth, first }), [auth, first]) },
				children,
			);
		},
		useAuth<B extends Auth>() {
			const { auth } = useScope(scopes);
			const state = useSelected(scopes, whole);
			const [progress, setProgress] = useState(idle);
			/** Number of the last sign-in begun here: one that is overtaken says nothing any more. */
			const last = useRef(0);
			const methods = useMemo(
				() => ({
					auth,
					async signIn(
						credentials: CredentialsOf<A>,
						options?: WaitOptions,
					): Promise<AuthError | null> {
						const number = ++last.current;
						const begun = { isPending: true, error: null };
						setProgress(begun);
						// again, outside of an action: React holds back what is set in one until it is over
						queueMicrotask(() => {
							if (number === last.current) setProgress(begun);
						});
						let error: AuthError | null = null;
						try {
							await auth.signIn(credentials, options);
						} catch (thrown) {
							if (!isAuthError(thrown)) throw thrown;
							error = thrown;
						} finally {
							if (number === last.current)
								setProgress({ isPending: false, error });
						}
						return error;
					},
					signOut: auth.signOut,
				}),
				[auth],
			);
			return { ...methods, ...progress, state } as unknown as AuthHandle<B>;
		},
		useAuthState: (selector, isEqual) => useSelected(scopes, selector, isEqual),
		useReadyAuth<B extends Auth>() {
			const { auth } = useScope(scopes);
			// Not from a snapshot: on a server that one stays "restoring", and would suspend for ever. This goes one way only.
			if (isRestoring(auth.state))
				throw awaited.has(auth)
					? new AuthError("closed")
					: auth.ready.then(() => void awaited.add(auth));
			return auth as unknown as B;
		},
		SignedIn: createGate(({ status }) => status !== "unauthenticated"),
		SignedOut: createGate(
			(state) => state.status === "unauthenticated" && !isRestoring(state),
		),
		Restoring: createGate(isRestoring),
	};
}
