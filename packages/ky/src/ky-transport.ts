import type { FetchLike } from "@keyturn/fetch";
import {
	isHTTPError,
	isNetworkError,
	isTimeoutError,
	type KyInstance,
} from "ky";
import { authOptions } from "./with-auth.ts";

/**
 * Sends the session's own requests through an application's ky: `webPlatform({ fetch: kyTransport(ky) })`. Its hooks see
 * them, passwords and tokens included. Its retries and time limits are off: a refresh token must not be sent twice, and
 * the session bounds the time itself.
 */
export function kyTransport(ky: KyInstance): FetchLike {
	return async (input, init) => {
		try {
			return await ky(new Request(input, init), {
				retry: 0,
				timeout: false,
				totalTimeout: false,
				throwHttpErrors: false,
				// a token request that waits for the token it shall bring would wait for ever
				...authOptions({ auth: "anonymous" }),
			});
		} catch (error) {
			// ky's errors hold the request, and that holds the password or the refresh token
			if (isNetworkError(error)) throw error.cause;
			if (isTimeoutError(error) || isHTTPError(error))
				throw new TypeError(error.name);
			throw error;
		}
	};
}
