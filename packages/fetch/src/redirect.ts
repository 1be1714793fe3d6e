import type { HeaderPair } from "./held-request.ts";

/** What a redirect may change of a request. */
export interface Hop {
	readonly url: string;
	readonly method: string;
	readonly headers: readonly HeaderPair[];
	/** How many redirects have led here. */
	readonly count: number;
}

/** Fetch standard, "HTTP-redirect fetch". */
const maxCount = 20;

/**
 * The next request of a redirect, after the Fetch standard ("HTTP-redirect fetch").
 *
 * @param isOneShot the body cannot be sent again
 * @returns `null`: the answer is no redirect
 * @throws TypeError where fetch itself rejects, and where a browser hides the address
 */
export function nextHop(
	{ url, method, headers, count }: Hop,
	response: Response,
	isOneShot: boolean,
): Hop | null {
	const { status } = response;
	const location =
		response.type === "opaqueredirect"
			? "hidden:"
			: /^30[12378]$/.test(status as never)
				? response.headers.get("location")
				: null;
	if (location === null) return null;
	const from = new URL(url);
	const to = new URL(location, from);
	if (
		// a user in it fails at the next request, whose error would quote the password
		!/^https?:$/.test(to.protocol + to.username) ||
		(isOneShot && status !== 303) ||
		count >= maxCount
	)
		// as fetch itself fails; without the address, since addresses may hold secrets
		throw new TypeError(
			`Redirect ${location === "hidden:" ? "hidden by the browser" : "refused"}`,
		);
	to.hash ||= from.hash;
	const isGet =
		// `fetch` itself writes these in upper case
		status === 303
			? !/^(get|head)$/i.test(method)
			: status < 303 && /^post$/i.test(method);
	return {
		count: count + 1,
		url: to.href,
		method: isGet ? "GET" : method,
		headers: headers.filter(
			([name]) =>
				// Encoding, language, location, length and type describe a body and go with it, other `content-` headers do not.
				// What proves an identity is not for another origin, whoever set it.
				!(isGet && /^content-(e|l|ty)/i.test(name)) &&
				(to.origin === from.origin ||
					!/^((proxy-)?authorization|cookie|host)$/i.test(name)),
		),
	};
}
