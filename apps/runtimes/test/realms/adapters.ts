import type { Auth, Grant } from "@keyturn/core";
import { createAuthFetch } from "@keyturn/fetch";

/** Sends requests with a session's token. */
export type Adapter = (
	auth: Auth,
) => (url: string, init: RequestInit, mode?: "required") => Promise<Response>;

/** Without prototype, so that what was done to the realm is not done to what is not ours. */
export const bare = (init: RequestInit): RequestInit =>
	Object.setPrototypeOf(init, null);

export const throughFetch: Adapter = (auth) => {
	const authFetch = createAuthFetch(auth);
	return (url, init, mode) =>
		authFetch(url, mode ? { ...init, auth: mode } : init);
};

/** No adapter at all, only what adapters call. */
export const byHand: Adapter = (auth) => {
	const send = (url: string, init: RequestInit, grant: Grant | null) =>
		fetch(
			url,
			bare({
				...init,
				headers: (grant?.headers ?? []) as [string, string][],
			}),
		);
	return async (url, init, mode) => {
		const grant = await auth.authorize(url, mode && { required: true });
		const response = await send(url, init, grant);
		return grant && response.status === 401
			? send(url, init, await auth.renew(grant))
			: response;
	};
};
