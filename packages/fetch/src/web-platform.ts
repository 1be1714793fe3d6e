import { AuthError, type Platform } from "@keyturn/core";
import { boundedText, dropBody } from "./bounded-text.ts";
import { heldMembers } from "./held-request.ts";
import { isUnsent } from "./unsent.ts";

/** What Keyturn calls of a `fetch`; every implementation fits. */
export type FetchLike = (
	input: string | URL | Request,
	init?: RequestInit,
) => Promise<Response>;

export interface WebPlatformOptions {
	/** Sends the token requests. Default: the global `fetch`, looked up at each request. */
	readonly fetch?: FetchLike | undefined;
	/** The longest answer of a token endpoint that is read, bytes, above 0. Default 262,144. */
	readonly maxResponseBytes?: number | undefined;
	/**
	 * When a token request is given up for good, ms. The session's own `timeoutMs` comes first and still takes a late
	 * answer; this bounds the lateness. Above 0; more than 24.8 days, the longest timer (B31), counts as that. Default 30,000.
	 */
	readonly sendTimeoutMs?: number | undefined;
}

/**
 * Clock, timers and transport of the web platform: browsers, Node.js, Bun, Deno, workerd.
 * @throws AuthError `invalid-option`, naming the option
 */
export function webPlatform(options?: WebPlatformOptions): Platform {
	const {
		fetch: custom,
		maxResponseBytes = 262_144,
		sendTimeoutMs = 30_000,
	} = heldMembers<WebPlatformOptions>(options);
	const limitMs = Math.min(sendTimeoutMs, 2 ** 31 - 1);
	if (!(limitMs > 0 && maxResponseBytes > 0))
		throw new AuthError("invalid-option", {
			detail: limitMs > 0 ? "maxResponseBytes" : "sendTimeoutMs",
		});
	return {
		nowMs: () => Date.now(),
		monotonicMs: () => performance.now(),
		random: () => Math.random(),
		schedule(delayMs, callback, { isBackground }) {
			const timer = setTimeout(callback, delayMs) as unknown;
			// a number in browsers, where no timer keeps anything alive
			if (isBackground) (timer as { unref?(): void }).unref?.();
			return () => clearTimeout(timer as number);
		},
		async send({ method, url, headers, body, keepalive }) {
			const send = custom ?? fetch;
			// read before the request: afterwards it may have been sent and lost
			const isOffline = globalThis.navigator?.onLine === false;
			try {
				const response = await send(
					url,
					heldMembers<RequestInit>({
						method,
						headers: headers as [string, string][],
						body,
						cache: "no-store",
						// not "error": workerd has no such mode, and elsewhere its failure looks like a lost connection
						redirect: "manual",
						signal: AbortSignal.timeout(limitMs),
						// `undefined` where it was left out: Bun takes `false` for the connection
						keepalive: keepalive as boolean,
					}),
				);
				const { status } = response;
				const text =
					response.ok || status > 399
						? await boundedText(response.body, maxResponseBytes, limitMs)
						: null;
				if (text === null) {
					dropBody(response.body);
					throw new AuthError("bad-response");
				}
				return {
					status,
					headers: Object.fromEntries(response.headers),
					body: text,
				};
			} catch (cause) {
				throw isOffline || isUnsent(cause)
					? new AuthError("unavailable", { cause })
					: cause;
			}
		},
	};
}
