/** The mock APIs as handlers of Mock Service Worker 3, for a test in Node.js and for a page in a browser. */
import { type HttpHandler, HttpResponse, http } from "msw";
import { isBelow } from "./api-source.ts";
import type { Authority } from "./authority.ts";
import { answerControl } from "./control-route.ts";

export interface HandlersOptions {
	/** Where the API answers: an absolute URL, with or without a path. */
	readonly baseUrl: string;
	/** Answers `/__mock` too. Default `false`. */
	readonly control?: boolean;
}

/**
 * Handlers that answer everything below `baseUrl` from an authority.
 *
 * A broken connection is a network error there (`TypeError: Failed to fetch`), as it is for `fetch`.
 *
 * @example
 * const api = createOzAuthority();
 * const server = setupServer(...createHandlers(api, { baseUrl: "https://oz.test" }));
 * server.listen({ onUnhandledFrame: "error" });
 */
export function createHandlers(
	authority: Authority<never>,
	{ baseUrl, control = false }: HandlersOptions,
): HttpHandler[] {
	const base = new URL(baseUrl);
	const basePath = base.pathname.replace(/\/+$/, "");
	return [
		http.all(
			({ request }) => {
				const url = new URL(request.url);
				return url.origin === base.origin && isBelow(url.pathname, basePath);
			},
			async ({ request }) => {
				try {
					return (
						(control && (await answerControl(authority, request, basePath))) ||
						(await authority.handler(request, basePath))
					);
				} catch {
					return HttpResponse.error();
				}
			},
		),
	];
}
