/** What the hooks and components are, and what they promise. */
import type {
	Auth,
	AuthError,
	SignOutResult,
	WaitOptions,
} from "@keyturn/core";
import type { ComponentType, ReactNode } from "react";
import type { AuthSnapshot } from "./auth-snapshot.ts";

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
	 * Default: the constant `initialState` of core, "not known yet".
	 */
	readonly initialState?: AuthSnapshot<UserOf<A>> | undefined;
	readonly children?: ReactNode;
}

export interface GateProps {
	readonly children?: ReactNode;
	/** Shown instead. Default: nothing. */
	readonly fallback?: ReactNode;
}

/** What `useAuth` gives. */
export interface AuthHandle<A extends Auth = Auth> {
	readonly auth: A;
	readonly state: AuthSnapshot<UserOf<A>>;
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
	/** Hands a session down. It opens and closes nothing. */
	readonly AuthProvider: ComponentType<AuthProviderProps<A>>;
	/**
	 * State, sign-in and sign-out. Renders at each change of the state; `useAuthState` renders less.
	 * @throws AuthError `invalid-option` outside of a provider
	 */
	useAuth<B extends Auth = A>(): AuthHandle<B>;
	/**
	 * A part of the state. Renders only when the part has changed.
	 * @param isEqual default `Object.is`; give one when the selector builds objects
	 * @throws AuthError `invalid-option` outside of a provider
	 */
	useAuthState<Selected>(
		selector: (state: AuthSnapshot<UserOf<A>>) => Selected,
		isEqual?: (a: Selected, b: Selected) => boolean,
	): Selected;
	/**
	 * Suspends until the store has been read. Gives the session.
	 * @throws AuthError `invalid-option` outside of a provider, `closed` when the session was closed before that
	 */
	useReadyAuth<B extends Auth = A>(): B;
	/** Shows its children while there is a session, also while its token is renewed. */
	readonly SignedIn: ComponentType<GateProps>;
	/** Shows its children when it is known that there is no session. */
	readonly SignedOut: ComponentType<GateProps>;
	/** Shows its children until the store has been read; on a server, too. */
	readonly Restoring: ComponentType<GateProps>;
}
