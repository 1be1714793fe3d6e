export type {
	AuthHandle,
	AuthHooks,
	AuthProviderProps,
	CredentialsOf,
	GateProps,
	UserOf,
} from "./auth-hooks.ts";
export type { AuthSnapshot } from "./auth-snapshot.ts";
export { createAuthHooks } from "./create-auth-hooks.ts";
export {
	AuthProvider,
	Restoring,
	SignedIn,
	SignedOut,
	useAuth,
	useAuthState,
	useReadyAuth,
} from "./default-hooks.ts";
