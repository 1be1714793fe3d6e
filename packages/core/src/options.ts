import type { WindowPolicy } from "./arrival.ts";
import type { AuthOptions, RefreshPolicy } from "./auth.ts";
import { AuthError } from "./auth-error.ts";

export interface Policy
	extends WindowPolicy,
		Required<Omit<RefreshPolicy, keyof WindowPolicy>> {
	readonly journalLimit: number;
}

/** What a session cannot begin without; the rest fails where it is used, with its own error. */
const required =
	"protocol.signIn protocol.covers protocol.authorize platform.send platform.schedule";

/**
 * Types say all of this; callers from JavaScript get it at once and by name.
 * @throws AuthError `invalid-option`
 */
export function readOptions<Credentials, User>(
	options: AuthOptions<Credentials, User>,
): Policy {
	const { store, refresh, maxSessionMs, journalLimit } = options;
	const policy: Policy = {
		eager: true,
		shouldMarginMs: undefined,
		mustMarginMs: undefined,
		timeoutMs: 10_000,
		deadlineMs: 10_000,
		lockWaitMs: 15_000,
		minIntervalMs: 10_000,
		...refresh,
		maxSessionMs: maxSessionMs ?? Infinity,
		journalLimit: journalLimit ?? 100,
	};
	const wrong =
		required.split(" ").find((path) => {
			const [port, name] = path.split(".") as ["protocol", "signIn"];
			return !options[port]?.[name];
		}) ??
		// a plain store lacks what defineStore adds
		(store && !store.link
			? "store"
			: Object.entries(policy).find(
					([name, value]) =>
						name.endsWith("Ms") &&
						value !== undefined &&
						(typeof value !== "number" || !(value >= 0)),
				)?.[0]);
	if (wrong) throw new AuthError("invalid-option", { detail: wrong });
	return policy;
}
