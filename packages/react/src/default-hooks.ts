/** The hooks for one session of any kind. In a file of its own: who calls `createAuthHooks` does not pay for it. */
import { type AuthHooks, createAuthHooks } from "./auth-hooks.ts";

const hooks: AuthHooks = /* @__PURE__ */ createAuthHooks();

/** Hands a session down. It opens and closes nothing. */
export const AuthProvider: AuthHooks["AuthProvider"] = hooks.AuthProvider;
export const useAuth: AuthHooks["useAuth"] = hooks.useAuth;
export const useAuthState: AuthHooks["useAuthState"] = hooks.useAuthState;
export const useReadyAuth: AuthHooks["useReadyAuth"] = hooks.useReadyAuth;
export const SignedIn: AuthHooks["SignedIn"] = hooks.SignedIn;
export const SignedOut: AuthHooks["SignedOut"] = hooks.SignedOut;
export const Restoring: AuthHooks["Restoring"] = hooks.Restoring;
