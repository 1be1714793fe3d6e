import type { HeaderPair } from "./held-request.ts";

/** What a redirect may change of a request. */
export interface Hop {
	readonly url: string;
	readonly method: string;
	readonly headers: HeaderPair[];
}

const redirectStatuses = /^30[12378]$/;
/** They describe a body and go with it (Fetch standard, "request-body-header name"). */
const bodyHeaders = /^content-(encoding|language|location|type)$/i;
/** Not for another origin, whoever set them. */
const credentialHeaders = /^((proxy-)?authorization|cookie|host)$/i;

// as fetch itself fails; without an address, since addresses may hold secrets
const fail = (why: string): never => {
	throw new TypeError(`Redirect not followed: ${why}`);
};

/**
 * The next request of a redirect, after the Fetch standard ("HTTP-redirect fetch").
 *
 * @returns `null`: the answer is no redirect
 * @throws TypeError where fetch itself rejects, and where a browser hides the address
 */
export function nextHop(
	{ url, method, headers }: Hop,
	response: Response,
	isOneShot: boolean,
): Hop | null {
	const { status } = response;
	if (response.type === "opaqueredirect") fail("hidden by the browser");
	const location =
		redirectStatuses.test(`${status}`) && response.headers.get("location");
	if (!location) return null;
	const from = new URL(url);
	const to = new URL(location, from);
	if (!/^https?:$/.test(to.protocol)) fail("not http");
	if (isOneShot && status !== 303) fail("its body is used up");
	to.hash ||= from.hash;
	const isGet =
		status === 303
			? method !== "HEAD"
			: status < 303
				? method === "POST"
				: false;
	return {
		url: to.href,
		method: isGet ? "GET" : method,
		headers: headers.filter(
			([name]) =>
				!(isGet && bodyHeaders.test(name)) &&
				!(to.origin !== from.origin && credentialHeaders.test(name)),
		),
	};
}
