/** The hooks for one session of any kind. In a file of its own: who calls `createAuthHooks` does not pay for it. */
import type { AuthHooks } from "./auth-hooks.ts";
import { createAuthHooks } from "./create-auth-hooks.ts";

const hooks: AuthHooks = /* @__PURE__ */ createAuthHooks();

export const AuthProvider: AuthHooks["AuthProvider"] = hooks.AuthProvider;
export const useAuth: AuthHooks["useAuth"] = hooks.useAuth;
export const useAuthState: AuthHooks["useAuthState"] = hooks.useAuthState;
export const useReadyAuth: AuthHooks["useReadyAuth"] = hooks.useReadyAuth;
export const SignedIn: AuthHooks["SignedIn"] = hooks.SignedIn;
export const SignedOut: AuthHooks["SignedOut"] = hooks.SignedOut;
export const Restoring: AuthHooks["Restoring"] = hooks.Restoring;
