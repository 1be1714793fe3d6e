import {
	type Auth,
	type AuthError,
	createAuth,
	defineProtocol,
	initialState,
	type SessionStore,
} from "@keyturn/core";
import {
	AuthProvider,
	type CredentialsOf,
	createAuthHooks,
	SignedIn,
	type UserOf,
	useAuth,
	useAuthState,
	useReadyAuth,
} from "@keyturn/react";
import { virtualPlatform } from "@keyturn/testing";
import { useActionState } from "react";
import { expectTypeOf, test } from "vitest";

interface Credentials {
	readonly email: string;
	readonly password: string;
}
interface User {
	readonly id: number;
}

const auth = createAuth({
	protocol: defineProtocol<Credentials, User>({
		name: "typed",
		baseUrl: "https://api.example.com",
		signIn: { path: "/sign-in" },
		read: () => null,
	}),
	platform: virtualPlatform(),
	store: undefined as SessionStore | undefined,
});
type Typed = typeof auth;

test("credentials and user are read from the session's type", () => {
	expectTypeOf<CredentialsOf<Typed>>().toEqualTypeOf<Credentials>();
	expectTypeOf<UserOf<Typed>>().toEqualTypeOf<User>();
	expectTypeOf<UserOf<Auth>>().toEqualTypeOf<unknown>();
});

test("hooks bound to a session know both", () => {
	const hooks = createAuthHooks(auth);
	const { signIn, state } = hooks.useAuth();
	expectTypeOf(state.user).toEqualTypeOf<User | null>();
	expectTypeOf(signIn).returns.resolves.toEqualTypeOf<AuthError | null>();
	signIn({ email: "a", password: "b" });
	// @ts-expect-error the password is missing
	signIn({ email: "a" });
	// @ts-expect-error a login is another API's
	signIn({ login: "a", password: "b" });
	expectTypeOf(hooks.useAuthState(({ user }) => user?.id)).toEqualTypeOf<
		number | undefined
	>();
	// @ts-expect-error the user has no name
	hooks.useAuthState(({ user }) => user?.name);
	hooks.useAuthState(
		// @ts-expect-error what is compared is what the selector gives
		({ user }) => ({ user }),
		(a: string, b: string) => a === b,
	);
});

test("hooks can be given the type alone, where each request has its own session", () => {
	const hooks = createAuthHooks<Typed>();
	expectTypeOf(hooks.useReadyAuth()).toEqualTypeOf<Typed>();
	<hooks.AuthProvider auth={auth} />;
	const other = {} as Auth<{ readonly login: string }, null>;
	// @ts-expect-error a session of another kind
	<hooks.AuthProvider auth={other} />;
	// @ts-expect-error a provider without a session
	<hooks.AuthProvider />;
});

test("the common hooks take the type at the call", () => {
	<AuthProvider auth={auth} />;
	<AuthProvider auth={auth} initialState={initialState} />;
	<AuthProvider auth={auth} initialState={auth.state}>
		<SignedIn fallback={<p>nobody</p>}>somebody</SignedIn>
	</AuthProvider>;
	// @ts-expect-error not a state
	<AuthProvider auth={auth} initialState={{ status: "signed-in" }} />;
	expectTypeOf(useAuth<Typed>().state.user).toEqualTypeOf<User | null>();
	expectTypeOf(useAuth().state.user).toEqualTypeOf<unknown>();
	expectTypeOf(useReadyAuth<Typed>()).toEqualTypeOf<Typed>();
	expectTypeOf(useAuthState(({ status }) => status)).toEqualTypeOf<
		"unauthenticated" | "authenticated" | "expired" | "refreshing"
	>();
});

test("no token can be read from what React sees", () => {
	useAuthState((state) => {
		if (state.status === "unauthenticated") return null;
		// @ts-expect-error tokens stay outside of React
		state.session.tokens;
		return state.session.lifetimeMs;
	});
});

test("signIn is an action", () => {
	const { signIn } = useAuth<Typed>();
	const [error, submit, isPending] = useActionState(
		(_before: AuthError | null, form: FormData) =>
			signIn({
				email: String(form.get("email")),
				password: String(form.get("password")),
			}),
		null,
	);
	expectTypeOf(error).toEqualTypeOf<AuthError | null>();
	expectTypeOf(submit).toEqualTypeOf<(form: FormData) => void>();
	expectTypeOf(isPending).toEqualTypeOf<boolean>();
});
