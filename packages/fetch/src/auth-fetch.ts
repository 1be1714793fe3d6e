/**
 * One request from its grant to its answer. Over 200 lines because the loop decides hop by hop what is sent, and its
 * parts share what has been sent already.
 */
import {
	type Auth,
	AuthError,
	type Header,
	type ResponseFacts,
} from "@keyturn/core";
import { boundedText, dropBody } from "./bounded-text.ts";
import {
	asRequest,
	type HeaderPair,
	headerPairs,
	heldBody,
	heldMembers,
	member,
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

const has = (own: readonly HeaderPair[], wanted: string | undefined): boolean =>
	own.some(([name]) => name.toLowerCase() === wanted?.toLowerCase());

/** Has the caller set the token's header? Then it is not ours to replace, to judge or to wait for (B90). */
const isOwn = (
	own: readonly HeaderPair[],
	granted: readonly Header[],
): boolean => has(own, granted[0]?.[0]);

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
	const base =
		member(globalThis, "document")?.baseURI ??
		member(globalThis, "location")?.href;
	return URL.canParse(url, base) ? new URL(url, base).href : "";
};

let isBrowser: boolean | undefined;
/** Only browsers hide where a redirect leads. Only they keep scripts from setting a cookie, too, and that can be seen. */
const hidesRedirects = (): boolean => {
	isBrowser ??= !new Request(
		"http://a",
		heldMembers<RequestInit>({ headers: { cookie: "a" } }),
	).headers.has("cookie");
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
	options?: AuthFetchOptions,
): AuthFetch {
	const { fetch: custom, auth: defaultMode = "optional" } =
		heldMembers<AuthFetchOptions>(options);
	const { protocol } = auth;

	const isRejected = async (response: Response): Promise<boolean> => {
		const facts = heldMembers<ResponseFacts>({
			status: response.status,
			header: (name: string) => response.headers.get(name),
		}) as ResponseFacts;
		const verdict = protocol.judge(facts);
		if (verdict !== "needs-body") return verdict;
		// an answer that cannot be read is the caller's to find out
		const body = await boundedText(
			response.clone().body,
			// no protocol needs more of an error, and no caller waits longer for it
			65_536,
			5_000,
		).catch(() => null);
		return body !== null && protocol.judge({ ...facts, body }) === true;
	};

	// one function with a loop: on the ready path it allocates what is sent and nothing else
	const exchange = async (
		input: string | URL | Request,
		init: AuthRequestInit | undefined,
	): Promise<Response> => {
		const send = custom ?? fetch;
		// all of it is read now, as fetch would: the caller may change it while the request waits
		let members = heldMembers<AuthRequestInit>(init);
		// an iterator gives its headers once
		if ((members.headers as { next?: unknown } | undefined)?.next) {
			members.headers = headerPairs(members.headers);
			init = members;
		}
		const { auth: mode = defaultMode, replay } = members;
		if (!["optional", "required", "anonymous"].includes(mode))
			throw new AuthError("invalid-option", { detail: "auth" });
		if (mode === "anonymous") return send(input, init);
		const request = asRequest(input);
		const headers = headerPairs(members.headers ?? request?.headers);
		const asked = {
			// `null` frees a request of its signal
			signal: members.signal === undefined ? request?.signal : members.signal,
			required: mode === "required",
		};
		let url = request ? request.url : `${input}`;
		// perhaps it is the API's in another spelling
		if (!protocol.covers(url)) url = canonical(url);
		const { state } = auth;
		const authorized =
			headers[0] &&
			state.status !== "unauthenticated" &&
			isOwn(headers, protocol.authorize(state.session.tokens))
				? null
				: auth.authorize(url, asked);
		if (!authorized) return send(input, init);
		// a body that cannot be held comes first; then nobody else hears of this (B47)
		if (authorized instanceof Promise) authorized.catch(() => {});

		let isOneShot = false;
		/** Holds the body of a `Request` for another time: its clone, once it has been sent. */
		let kept: Request | undefined;
		if (members.body != null) {
			const body = heldBody(members.body);
			isOneShot = body === undefined;
			members.body = body ?? members.body;
		} else if (request && request.body !== null) {
			// only `null` says that there is none: Firefox has no `Request.body`
			// one that has been used fails as it is copied
			isOneShot = replay === false;
			if (!isOneShot) kept = request;
		}
		if (request) {
			// any member at all makes fetch forget what the request says of these two
			members.referrer ??= request.referrer;
			members.referrerPolicy ??= request.referrerPolicy;
		}
		let target: string | Request = request ?? url;
		let hop: Hop = {
			url,
			method: members.method ?? request?.method ?? "GET",
			headers,
			count: 0,
		};
		let hasReplayed = false;
		let response: Response | undefined;
		try {
			let grant = authorized instanceof Promise ? await authorized : authorized;
			if (grant && isOwn(headers, grant.headers)) grant = null;
			// what carries no token goes as the caller says
			const isByHand =
				grant &&
				(members.redirect ?? request?.redirect ?? "follow") === "follow" &&
				((protocol.redirect !== "follow" &&
					// there the browser drops our headers, and fails where it may not follow
					(members.mode ?? request?.mode) !== "no-cors") ||
					!hidesRedirects());
			if (isByHand) members.redirect = "manual";
			for (;;) {
				const { headers: own } = hop;
				const granted = grant ? grant.headers : [];
				members.headers = (
					own[0]
						? own.concat(
								granted.filter(([name]) => !has(own, name)) as HeaderPair[],
							)
						: granted
				) as HeaderPair[];
				if (kept) kept = (target as Request).clone();
				response = await send(target, members);
				if (hop.count) redirected(response);
				if (response.ok) {
					if (grant) auth.confirm(grant);
					return response;
				}
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
					const renewed = auth.renew(grant, asked);
					if (isOneShot || replay === false) {
						// not for this request any more, but for those after it
						renewed.catch(() => {});
						return response;
					}
					hasReplayed = true;
					grant = await renewed;
					if (!grant) return response;
				}
				dropBody(response.body);
				if (next) {
					// from here on as plain data: a `Request` cannot change its address
					members = heldMembers<object>(
						{ body: members.body ?? (await kept?.arrayBuffer()) },
						members,
						asRequest(target),
					);
					// Firefox says of no request that it has no body
					if (
						next.method !== hop.method ||
						(members.body as ArrayBuffer | null)?.byteLength === 0
					)
						members.body = null;
					members.method = next.method;
					hop = next;
					target = hop.url;
					kept = undefined;
				}
				// what only its own class knows of a `Request` goes along; without a body it can be sent again itself
				else target = kept ?? target;
			}
		} catch (error) {
			// nobody gets it
			dropBody(response?.body);
			throw error;
		} finally {
			// the caller's own is the caller's
			if (kept !== request) dropBody(kept?.body);
		}
	};

	return {
		// named as the real one, and a method, since minifiers unwrap functions; the default keeps `length` at 1
		fetch(
			input: string | URL | Request,
			init: AuthRequestInit | undefined = undefined,
		) {
			return exchange(input, init);
		},
	}.fetch;
}
