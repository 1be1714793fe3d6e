import {
	type Auth,
	AuthError,
	type AuthState,
	initialState,
	isAuthError,
	type SignOutResult,
	type WaitOptions,
} from "@keyturn/core";
import {
	type ComponentType,
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

/** What `signIn` takes, read from the session's type. */
export type CredentialsOf<A> =
	A extends Auth<infer Credentials, infer _User> ? Credentials : never;

/** What `state.user` holds, read from the session's type. */
export type UserOf<A> =
	A extends Auth<infer _Credentials, infer User> ? User : never;

export interface AuthProviderProps<A extends Auth = Auth> {
	/** The session. It lives outside React: create it once in a browser, once per request on a server. */
	readonly auth: A;
	/**
	 * What a server rendered with (`auth.state` there), so that hydration begins with the same. Only the first value counts.
	 * Default: the constant `initialState`, "not known yet".
	 */
	readonly initialState?: AuthState<UserOf<A>> | undefined;
	readonly children?: ReactNode;
}

export interface GateProps {
	readonly children?: ReactNode;
	/** Shown instead. Default: nothing. */
	readonly fallback?: ReactNode;
}

/** What {@link AuthHooks.useAuth} gives. */
export interface AuthHandle<A extends Auth = Auth> {
	readonly auth: A;
	readonly state: AuthState<UserOf<A>>;
	/** A sign-in begun by this component is under way. */
	readonly isPending: boolean;
	/** Why the last sign-in of this component failed; `null` while one is under way and after a success. */
	readonly error: AuthError | null;
	/**
	 * Signs in. Gives the error instead of throwing it, as an action for `useActionState` must; `null`: signed in.
	 * Rejects only with the reason of your own `signal`, or with what is not an AuthError.
	 */
	signIn(
		credentials: CredentialsOf<A>,
		options?: WaitOptions,
	): Promise<AuthError | null>;
	/** Never rejects. */
	signOut(): Promise<SignOutResult>;
}

export interface AuthHooks<A extends Auth = Auth> {
	readonly AuthProvider: ComponentType<AuthProviderProps<A>>;
	/** State, sign-in and sign-out. Renders at each change of the state; {@link useAuthState} renders less. */
	useAuth<B extends Auth = A>(): AuthHandle<B>;
	/**
	 * A part of the state. Renders only when the part has changed.
	 * @param isEqual default `Object.is`; give one when the selector builds objects
	 */
	useAuthState<Selected>(
		selector: (state: AuthState<UserOf<A>>) => Selected,
		isEqual?: (a: Selected, b: Selected) => boolean,
	): Selected;
	/** Suspends until the store has been read. Gives the session. */
	useReadyAuth<B extends Auth = A>(): B;
	/** Shows its children while there is a session, also while its token is renewed. */
	readonly SignedIn: ComponentType<GateProps>;
	/** Shows its children when it is known that there is no session. */
	readonly SignedOut: ComponentType<GateProps>;
	/** Shows its children until the store has been read; on a server, too. */
	readonly Restoring: ComponentType<GateProps>;
}

interface Scope<A extends Auth> {
	readonly auth: A;
	readonly first: AuthState<UserOf<A>>;
}

type Scopes<A extends Auth> = Context<Scope<A> | null>;

const isRestoring = (state: AuthState): boolean =>
	state.status === "unauthenticated" && state.pending === "restoring";

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
	selector: (state: AuthState<UserOf<A>>) => Selected,
	isEqual: (a: Selected, b: Selected) => boolean = Object.is,
): Selected {
	const { auth, first } = useScope(scopes);
	/** What is on the screen: a selection that equals it is replaced by it, also when the selector is a new function. */
	const shown = useRef<{ readonly value: Selected } | null>(null);
	const [read, readFirst] = useMemo(() => {
		let from: AuthState | undefined;
		let value: Selected;
		const select = (state: AuthState<UserOf<A>>): Selected => {
			if (state !== from) {
				const next = selector(state);
				const last = from ? { value } : shown.current;
				value = last && isEqual(last.value, next) ? last.value : next;
				from = state;
			}
			return value;
		};
		return [
			() => select(auth.state as AuthState<UserOf<A>>),
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
		(test: (state: AuthState) => boolean) =>
		({ children, fallback }: GateProps): ReactNode =>
			useSelected(scopes, test) ? children : fallback;

	return {
		AuthProvider({ auth, initialState: given = initialState, children }) {
			const [first] = useState(given);
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
						setProgress({ isPending: true, error: null });
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
			if (isRestoring(auth.state)) throw auth.ready;
			return auth as unknown as B;
		},
		SignedIn: createGate(({ status }) => status !== "unauthenticated"),
		SignedOut: createGate(
			(state) => state.status === "unauthenticated" && !isRestoring(state),
		),
		Restoring: createGate(isRestoring),
	};
}
