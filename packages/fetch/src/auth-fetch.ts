/**
 * One request from its grant to its answer. Over 200 lines because the loop decides hop by hop what is sent, and its
 * parts share what has been sent already.
 */
import { type Auth, AuthError, type Grant, type Header } from "@keyturn/core";
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
	/**
	 * `false`: sent once; an answer that rejects the token is handed over at once. The body of a `Request` is then not kept
	 * either, and so cannot follow a redirect. Default `true`.
	 */
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

/** The part of a session that adapters use. */
export type AdapterAuth = Pick<
	Auth,
	"authorize" | "confirm" | "protocol" | "renew" | "state"
>;

/** How much of an error's body a protocol may judge by, bytes. */
const maxJudgedBytes = 65_536;
/** How long it may wait for that body, ms. */
const maxJudgedMs = 5_000;

const modes = ["optional", "required", "anonymous"];

const has = (
	own: readonly HeaderPair[],
	[name]: readonly [name: string, value?: string],
): boolean => own.some(([mine]) => mine.toLowerCase() === name.toLowerCase());

/** Has the caller set the token's header? Then it is not ours to replace, to judge or to wait for (B90). */
const isOwn = (
	own: readonly HeaderPair[],
	granted: readonly Header[],
): boolean => has(own, granted[0] ?? [""]);

/** An answer that was reached by hand looks like one that fetch has followed itself. */
const redirected = (response: Response): Response =>
	Object.defineProperties(response, {
		redirected: { value: true },
		clone: {
			value: () =>
				redirected(Object.getPrototypeOf(response).clone.call(response)),
		},
	});

/** `""`: fetch itself says what is wrong with it. */
const canonical = (url: string): string => {
	const base = globalThis.document?.baseURI ?? globalThis.location?.href;
	return URL.canParse(url, base) ? new URL(url, base).href : "";
};

let isBrowser: boolean | undefined;
/** Only browsers hide where a redirect leads. Only they keep scripts from setting a cookie, too, and that can be seen. */
const hidesRedirects = (): boolean => {
	isBrowser ??= !new Request("http://a", {
		headers: { cookie: "a" },
	}).headers.has("cookie");
	return isBrowser;
};

/**
 * A `fetch` that behaves as `fetch` does, and besides sends the session's token to the URLs of its API, renews it when it
 * has to, and sends a request once more when the API has rejected the token.
 *
 * Rejects with what `fetch` rejects with, or with an AuthError: `signed-out` (`auth: "required"`), `unavailable`,
 * `bad-response`, `in-doubt`, `timeout`, `session-ended`, `closed` (the session could not give a token), `invalid-option`.
 */
export function createAuthFetch(
	auth: AdapterAuth,
	{ fetch: custom, auth: defaultMode = "optional" }: AuthFetchOptions = {},
): AuthFetch {
	const { protocol } = auth;

	const isRejected = async (response: Response): Promise<boolean> => {
		const facts = {
			status: response.status,
			header: (name: string) => response.headers.get(name),
		};
		const verdict = protocol.judge(facts);
		if (verdict !== "needs-body") return verdict;
		// an answer that cannot be read is the caller's to find out
		const body = await boundedText(
			response.clone().body,
			maxJudgedBytes,
			maxJudgedMs,
		).catch(() => null);
		return body !== null && protocol.judge({ ...facts, body }) === true;
	};

	const exchange = (
		send: FetchLike,
		input: string | URL | Request,
		init: AuthRequestInit | undefined,
		mode: AuthMode,
	): Promise<Response> => {
		const request = asRequest(input);
		const headers = headerPairs(init?.headers ?? request?.headers);
		const signal = init?.signal ?? request?.signal;
		const authorize = (): Grant | null | Promise<Grant | null> => {
			const { state } = auth;
			return headers[0] &&
				"session" in state &&
				isOwn(headers, protocol.authorize(state.session.tokens))
				? null
				: auth.authorize(url, { signal, required: mode === "required" });
		};
		let url = request?.url ?? `${input}`;
		let authorized = authorize();
		// perhaps it is the API's in another spelling
		if (!authorized && !protocol.covers(url)) {
			url = canonical(url);
			authorized = authorize();
		}
		if (!authorized) return send(input, init);

		// all of it is read now, as fetch would: the caller may change it while the request waits
		let members = heldMembers(init);
		const mayReplay = init?.replay !== false;
		const isByHand =
			(members.redirect ?? request?.redirect ?? "follow") === "follow" &&
			!(protocol.redirect === "follow" && hidesRedirects());
		let isOneShot = false;
		/** Holds the body of a `Request` for the second time. */
		let kept: Request | undefined;
		if (members.body != null) {
			const body = heldBody(members.body);
			members.body = body ?? members.body;
			isOneShot = body === undefined;
		} else if (request && request.body !== null) {
			// only `null` says that there is none: Firefox has no `Request.body`
			isOneShot = request.bodyUsed || !mayReplay;
			if (!isOneShot) kept = request.clone();
		}
		if (request) {
			// any member at all makes fetch forget what the request says of these two
			members.referrer ??= request.referrer;
			members.referrerPolicy ??= request.referrerPolicy;
		}

		let grant: Grant | null;
		let hop: Hop = {
			url,
			method: members.method ?? request?.method ?? "GET",
			headers,
			count: 0,
		};
		let hasReplayed = false;
		let target: string | Request = request ?? url;

		const attempt = (): Promise<Response> =>
			send(target, {
				...members,
				headers: [
					...hop.headers,
					...((grant?.headers.filter((header) => !has(hop.headers, header)) ??
						[]) as HeaderPair[]),
				],
			}).then((response) => {
				if (hop.count) redirected(response);
				if (!response.ok) return recover(response);
				if (grant) auth.confirm(grant);
				return response;
			});

		const recover = async (response: Response): Promise<Response> => {
			const next = isByHand ? nextHop(hop, response, isOneShot) : null;
			if (next) {
				// once outside, outside for good: a foreign server steers no authorised request
				if (!protocol.covers(next.url)) grant = null;
			} else {
				if (
					!grant ||
					hasReplayed ||
					response.status < 400 ||
					!(await isRejected(response))
				)
					return response;
				const renewed = auth.renew(grant, { signal });
				if (isOneShot || !mayReplay) {
					// not for this request any more, but for those after it
					renewed.catch(() => {});
					return response;
				}
				hasReplayed = true;
				grant = await renewed.catch((error) => {
					dropBody(response.body);
					throw error;
				});
				if (!grant) return response;
			}
			dropBody(response.body);
			// from here on as plain data: a `Request` can be sent only once
			if (target === request) {
				members = { ...heldMembers(request), body: null, ...members };
				const bytes = await kept?.arrayBuffer();
				if (bytes?.byteLength) members.body = bytes;
			}
			if (next) {
				if (next.method !== hop.method) members.body = null;
				members.method = next.method;
				hop = next;
			}
			target = hop.url;
			return attempt();
		};

		const begin = (given: Grant | null): Promise<Response> => {
			grant = given && isOwn(headers, given.headers) ? null : given;
			// what carries no token goes as the caller says
			if (!grant) return send(target, { ...members, headers });
			if (isByHand) members.redirect = "manual";
			return attempt();
		};
		const outcome =
			authorized instanceof Promise
				? authorized.then(begin)
				: begin(authorized);
		return kept ? outcome.finally(() => dropBody(kept?.body)) : outcome;
	};

	return {
		// named as the real one; the default keeps `length` at 1
		fetch(
			input: string | URL | Request,
			init: AuthRequestInit | undefined = undefined,
		) {
			const send = custom ?? fetch;
			const mode = init?.auth ?? defaultMode;
			try {
				if (!modes.includes(mode))
					throw new AuthError("invalid-option", { detail: "auth" });
				return mode === "anonymous"
					? send(input, init)
					: exchange(send, input, init, mode);
			} catch (error) {
				return Promise.reject(error);
			}
		},
	}.fetch;
}
