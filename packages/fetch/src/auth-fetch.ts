import { type Auth, AuthError, type Grant } from "@keyturn/core";
import { boundedText, dropBody } from "./bounded-text.ts";
import {
	asRequest,
	type HeaderPair,
	headerPairs,
	heldBody,
	heldMembers,
} from "./held-request.ts";
import { type Hop, nextHop } from "./redirect.ts";
import type { FetchLike } from "./web-platform.ts";

/**
 * - `optional`: with the token if there is a session, bare if not
 * - `required`: rejects with AuthError `signed-out` if there is no session
 * - `anonymous`: without the token, whatever there is
 */
export type AuthMode = "optional" | "required" | "anonymous";

export interface AuthRequestInit extends RequestInit {
	/** Default: what the adapter was created with. */
	readonly auth?: AuthMode | undefined;
	/** `false`: an answer that rejects the token is handed over at once. Default `true`. */
	readonly replay?: boolean | undefined;
}

export type AuthFetch = (
	input: string | URL | Request,
	init?: AuthRequestInit,
) => Promise<Response>;

export interface AuthFetchOptions {
	/** Sends the requests. Default: the global `fetch`, looked up at each request. */
	readonly fetch?: FetchLike | undefined;
	/** For requests that say nothing themselves. Default `optional`. */
	readonly auth?: AuthMode | undefined;
}

/** Fetch standard, "HTTP-redirect fetch". */
const maxHops = 20;
/** How much of an error's body a protocol may judge by, bytes. */
const maxJudgedBytes = 65_536;

const invalid = (option: string): never => {
	throw new AuthError("invalid-option", { detail: option });
};

interface RedirectPolicy {
	readonly redirect?: "error" | "follow";
}

const modes = /^(optional|required|anonymous)$/;

const hasHeader = (
	pairs: readonly HeaderPair[],
	name: string | undefined,
): boolean => pairs.some(([own]) => own.toLowerCase() === name?.toLowerCase());

const canonical = (url: string): string => {
	try {
		return new URL(
			url,
			globalThis.document?.baseURI ?? globalThis.location?.href,
		).href;
	} catch {
		// fetch itself says what is wrong with it
		return "";
	}
};

const withGrant = (
	pairs: readonly HeaderPair[],
	{ headers }: Grant,
): HeaderPair[] => [
	...pairs,
	...(headers.filter(([name]) => !hasHeader(pairs, name)) as HeaderPair[]),
];

/** An answer that was reached by hand looks like one that fetch has followed itself. */
const redirected = (response: Response): Response =>
	Object.defineProperties(response, {
		redirected: { value: true },
		clone: {
			value: () =>
				redirected(Object.getPrototypeOf(response).clone.call(response)),
		},
	});

/**
 * Browsers hide where a redirect leads, everybody else shows it. Told by another thing that only browsers do: they keep
 * scripts from setting a cookie.
 */
const hidesRedirects = (): boolean =>
	!new Request("http://a", { headers: { cookie: "a" } }).headers.has("cookie");

/**
 * A `fetch` that behaves as `fetch` does, and besides sends the session's token to the URLs of its API, renews it when it
 * has to, and sends a request once more when the API has rejected the token.
 *
 * Rejects with what `fetch` rejects with, or with an AuthError: `signed-out` (`auth: "required"`), `unavailable`,
 * `bad-response`, `in-doubt`, `timeout`, `session-ended`, `closed` (the session could not give a token), `invalid-option`.
 * @throws AuthError `invalid-option`
 */
export function createAuthFetch(
	auth: Pick<Auth, "authorize" | "confirm" | "protocol" | "renew" | "state">,
	{ fetch: custom, auth: defaultMode = "optional" }: AuthFetchOptions = {},
): AuthFetch {
	if (typeof auth?.authorize !== "function") invalid("auth");
	if (!modes.test(defaultMode)) invalid("auth");
	const { protocol } = auth;

	const isRejected = async (response: Response): Promise<boolean> => {
		const facts = {
			status: response.status,
			header: (name: string) => response.headers.get(name),
		};
		const verdict = protocol.judge(facts);
		if (verdict !== "needs-body") return verdict;
		const body = await boundedText(response.clone().body, maxJudgedBytes).catch(
			() => null,
		);
		return body !== null && protocol.judge({ ...facts, body }) === true;
	};

	const exchange = async (
		send: FetchLike,
		input: string | URL | Request,
		url: string,
		init: AuthRequestInit | undefined,
		mode: AuthMode,
	): Promise<Response> => {
		const request = asRequest(input);
		const { state } = auth;
		const pairs = headerPairs(init?.headers ?? request?.headers) ?? [];
		// the caller's own token: not ours to replace, to judge or to wait for (B90)
		if (
			pairs[0] &&
			"session" in state &&
			hasHeader(pairs, protocol.authorize(state.session.tokens)[0]?.[0])
		)
			return send(input, init);

		const signal = init?.signal === undefined ? request?.signal : init.signal;
		const pending = auth.authorize(url, {
			signal,
			required: mode === "required",
		});
		if (!pending) return send(input, init);

		// everything is read now, as fetch would: the caller may change it while the request waits
		let members = heldMembers(init);
		let target: string | Request = request ?? url;
		let hop: Hop = {
			url,
			method: members.method ?? request?.method ?? "GET",
			headers: pairs,
		};
		const isAllowed = init?.replay !== false;
		let hasReplayed = false;
		let isOneShot = false;
		let spare: Request | undefined;
		if (members.body != null) {
			const body = heldBody(members.body);
			if (body === undefined) isOneShot = true;
			else members.body = body;
		} else if (request?.body) {
			if (isAllowed && !request.bodyUsed) spare = request.clone();
			else isOneShot = true;
		}
		if (request) {
			// any member at all makes fetch forget what the request says of these two
			members.referrer ??= request.referrer;
			members.referrerPolicy ??= request.referrerPolicy;
		}
		const isFollowing =
			(members.redirect ?? request?.redirect ?? "follow") === "follow" &&
			!((protocol as RedirectPolicy).redirect === "follow" && hidesRedirects());
		if (isFollowing) members.redirect = "manual";

		/** From the second time on as plain data: a `Request` with a body can be sent only once. */
		const goOn = async (next: Hop): Promise<void> => {
			if (target === request) {
				members = { ...heldMembers(request), body: null, ...members };
				if (spare) members.body = await spare.arrayBuffer();
			}
			if (next.method !== hop.method) {
				members.method = next.method;
				members.body = null;
			}
			hop = next;
			target = next.url;
		};

		try {
			let grant = await pending;
			for (let hops = 0; ; ) {
				let response = await send(target, {
					...members,
					headers: grant ? withGrant(hop.headers, grant) : hop.headers,
				});
				if (hops) response = redirected(response);
				if (response.ok) {
					if (grant) auth.confirm(grant);
					return response;
				}
				const next = isFollowing ? nextHop(hop, response, isOneShot) : null;
				if (next) {
					dropBody(response.body);
					if (++hops > maxHops) throw new TypeError("Too many redirects");
					// once outside, outside for good: a foreign server steers no authorised request
					if (!protocol.covers(next.url)) grant = null;
					await goOn(next);
					continue;
				}
				if (!grant || hasReplayed || response.status < 400) return response;
				if (!(await isRejected(response))) return response;
				if (!isAllowed || isOneShot) {
					// not for this request any more, but for those after it
					auth.renew(grant).catch(() => {});
					return response;
				}
				const newer = await auth.renew(grant, { signal }).catch((error) => {
					dropBody(response.body);
					throw error;
				});
				if (!newer) return response;
				dropBody(response.body);
				hasReplayed = true;
				grant = newer;
				await goOn(hop);
			}
		} finally {
			dropBody(spare?.body);
		}
	};

	return {
		// named and counted as the real one; a default keeps `length` at 1
		fetch(
			input: string | URL | Request,
			init: AuthRequestInit | undefined = undefined,
		) {
			const send = custom ?? fetch;
			try {
				const mode = init?.auth ?? defaultMode;
				if (mode !== "anonymous") {
					if (!modes.test(mode)) invalid("auth");
					let url = asRequest(input)?.url ?? `${input}`;
					if (!protocol.covers(url)) url = canonical(url);
					if (url && protocol.covers(url))
						return exchange(send, input, url, init, mode);
				}
				return send(input, init);
			} catch (error) {
				return Promise.reject(error);
			}
		},
	}.fetch;
}
