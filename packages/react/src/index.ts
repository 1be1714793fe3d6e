export {
	type AuthHandle,
	type AuthHooks,
	type AuthProviderProps,
	type CredentialsOf,
	createAuthHooks,
	type GateProps,
	type UserOf,
} from "./auth-hooks.ts";
export {
	AuthProvider,
	Restoring,
	SignedIn,
	SignedOut,
	useAuth,
	useAuthState,
	useReadyAuth,
} from "./default-hooks.ts";
