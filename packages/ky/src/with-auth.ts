import type { Auth } from "@keyturn/core";
import {
	type AuthMode,
	type AuthRequestInit,
	createAuthFetch,
} from "@keyturn/fetch";
import type { Options } from "ky";

/** What a request may say in ky's `context`: `context: { auth: "required" } satisfies AuthContext`. */
export interface AuthContext {
	/** Default: what `withAuth` was given. */
	readonly auth?: AuthMode | undefined;
	/** `false`: an answer that rejects the token is handed to ky at once. Default `true`. */
	readonly replay?: boolean | undefined;
}

export interface WithAuthOptions {
	/** For requests whose context says nothing. Default `optional`. */
	readonly auth?: AuthMode | undefined;
}

/**
 * Options for `ky.extend`: requests to the session's API carry its token, on ky's retries the current one, and are sent
 * once more when the API has rejected it, without spending ky's attempts or waiting for its delay.
 *
 * It wraps ky's `fetch` option, whoever set it and in whatever order, from an `init` hook: that runs when all options are
 * merged. The hooks that see requests and responses are left to the application; a token never shows up in them.
 */
export function withAuth(
	auth: Pick<Auth, "authorize" | "confirm" | "protocol" | "renew" | "state">,
	options: WithAuthOptions = {},
): Options {
	return {
		hooks: {
			init: [
				(merged) => {
					const { body, context, fetch } = merged;
					const send = createAuthFetch(auth, { ...options, fetch });
					const { auth: mode, replay } = (context ?? {}) as AuthContext;
					// ky copies no stream when its retries are off, and neither do we: a copy would hold all of it
					const isStream =
						typeof body === "object" && body !== null && "getReader" in body;
					merged.fetch = (input, init) =>
						send(input, {
							...init,
							auth: mode,
							replay,
							...(isStream && { duplex: "half" }),
						} as AuthRequestInit);
				},
			],
		},
	};
}
