import { ownMembers } from "@keyturn/core";
import {
	type AdapterAuth,
	type AuthMode,
	createAuthFetch,
	type FetchLike,
} from "@keyturn/fetch";
import type { Options } from "ky";

/** What one request says of itself; see {@link authOptions}. */
export interface RequestAuth {
	/** Default: what `withAuth` was given. */
	readonly auth?: AuthMode | undefined;
	/** `false`: sent once; an answer that rejects the token is handed to ky at once. Default `true`. */
	readonly replay?: boolean | undefined;
}

export interface WithAuthOptions {
	/** For requests that say nothing themselves. Default `optional`. */
	readonly auth?: AuthMode | undefined;
}

/** For `ky.extend`, which calls it with the options so far. Spread into options it works as well, over the global `fetch`. */
export interface AuthExtension {
	(parent: Options): { readonly fetch: FetchLike };
	readonly fetch: FetchLike;
}

/**
 * For `ky.extend`: requests to the session's API carry its token, on ky's retries the current one, and are sent once more
 * when the API has rejected it, without spending ky's attempts or waiting for its delay.
 *
 * It is ky's `fetch` option, around the one that was there before, and no hook: hooks spend ky's attempts, wait its delay,
 * cost every request a good tenth of ky's own time, and see what they should not.
 */
export function withAuth(
	auth: AdapterAuth,
	options: WithAuthOptions = {},
): AuthExtension {
	const extension = (parent: Options) => {
		// its own one: what is on `Object.prototype` is nobody's wish, and would see every token (D9)
		const { fetch } = ownMembers(parent);
		return {
			fetch: createAuthFetch(auth, { ...options, fetch: fetch as FetchLike }),
		};
	};
	return Object.assign(extension, extension({}));
}

/**
 * Options of one request, or of an instance: `client.get(url, authOptions({ auth: "required" }))`. ky hands options that it
 * does not know to `fetch`, which is where the adapter is.
 */
export const authOptions = (options: RequestAuth): Options =>
	options as Options;
