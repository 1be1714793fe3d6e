/** The routes of an API besides its token endpoints: something to call. Each needs a token unless it is public. */
import { type ApiReply, type ApiRequest, json } from "./api-message.ts";
import type { Held } from "./token-ledger.ts";

export interface ApiCall<Account> {
	readonly request: ApiRequest;
	/** Below the base path, as it came. */
	readonly path: string;
	readonly query: URLSearchParams;
	readonly basePath: string;
	/** `null` on public routes that were called without a valid token. `account: null`: a client's own session (RFC 6749 §4.4). */
	readonly caller: (Held & { readonly account: Account | null }) | null;
}

export interface ApiRoute<Account> {
	/** Lower case, no slash at the end; `/*` at the end takes any rest. Case and a slash at the end do not matter. */
	readonly path: string;
	readonly isPublic?: boolean;
	/** ms before the answer. */
	delayMs?(call: ApiCall<Account>): number;
	answer(call: ApiCall<Account>): ApiReply;
}

export interface ApiErrors {
	/** The token is refused whatever it is. */
	refuse(): ApiReply;
	/** The token is fine, its owner may not do this. */
	forbid(): ApiReply;
	/** The API's own error body for a status. */
	fail(status: number): ApiReply;
}

const numberOf = (text: string | null, otherwise: number): number => {
	const value = Number(text ?? otherwise);
	return Number.isFinite(value) && value >= 0
		? Math.min(value, 60_000)
		: otherwise;
};

/**
 * The same for each API: `echo`, `stream`, `slow`, `status/<n>`, `redirect`, `unauthorized` (401 for ever), `forbidden`
 * (403), `public` (no token needed).
 */
export function commonRoutes<Account>(errors: ApiErrors): ApiRoute<Account>[] {
	return [
		{
			path: "/api/echo",
			// names of headers only: an echo must not give a token away
			answer: ({ request, caller }) =>
				json(200, {
					method: request.method,
					body: request.body,
					contentType: request.headers["content-type"] ?? null,
					timezone: request.headers["x-nugios-timezone"] ?? null,
					headerNames: Object.keys(request.headers).sort(),
					session: caller?.session.id ?? null,
					generation: caller?.pair.generation ?? null,
				}),
		},
		{
			path: "/api/stream",
			answer({ query }) {
				const list = Array.from(
					{ length: numberOf(query.get("chunks"), 5) },
					(_, index) => `line ${index + 1}\n`,
				);
				return {
					status: 200,
					headers: { "content-type": "text/plain; charset=utf-8" },
					body: list.join(""),
					pieces: { list, pauseMs: numberOf(query.get("pauseMs"), 0) },
				};
			},
		},
		{
			path: "/api/slow",
			delayMs: ({ query }) => numberOf(query.get("ms"), 1_000),
			answer: ({ query }) =>
				json(200, { delayMs: numberOf(query.get("ms"), 1_000) }),
		},
		{
			path: "/api/status/*",
			answer({ path }) {
				const status = Number(/(\d{3})\/?$/.exec(path)?.[1]);
				return status >= 200 && status < 600
					? status < 400
						? json(status, { status })
						: errors.fail(status)
					: errors.fail(404);
			},
		},
		{
			path: "/api/redirect",
			answer: ({ query, basePath }) => ({
				status: numberOf(query.get("status"), 302),
				headers: { location: query.get("to") ?? `${basePath}/api/echo` },
				body: "",
			}),
		},
		{ path: "/api/unauthorized", answer: () => errors.refuse() },
		{ path: "/api/forbidden", answer: () => errors.forbid() },
		{
			path: "/api/public",
			isPublic: true,
			answer: ({ caller }) =>
				json(200, { isPublic: true, isSignedIn: caller !== null }),
		},
	];
}

/** One spelling for each path: the servers ignore case and a slash at the end. */
export const canonicalPath = (path: string): string =>
	path.toLowerCase().replace(/\/+$/, "") || "/";

export function findRoute<Route extends { readonly path: string }>(
	routes: readonly Route[],
	path: string,
): Route | undefined {
	const wanted = canonicalPath(path);
	return routes.find((route) =>
		route.path.endsWith("/*")
			? wanted.startsWith(route.path.slice(0, -1))
			: wanted === route.path,
	);
}
