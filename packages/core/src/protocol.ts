import type { Header, HttpRequest, HttpResponse } from "./ports.ts";
import type { Secret } from "./secret.ts";

export interface Tokens {
	readonly access: Secret;
	/** `null`: the session cannot be renewed with a token. */
	readonly refresh: Secret | null;
}

/** What a token endpoint's answer means. The unknown is `retryable`: a session ends only on proof. */
export type Answer<User = unknown> =
	| {
			readonly type: "ok";
			readonly access: string;
			/** `null` or missing in the answer to a refresh: the old one stays (RFC 6749 §6). */
			readonly refresh?: string | null;
			/** From receipt, ms; `null` when the API did not say. Values outside 5 s to 10 years count as `null`. */
			readonly lifetimeMs: number | null;
			/** Missing in the answer to a refresh: stays as it was. */
			readonly user?: User | null;
			readonly isPasswordExpired?: boolean;
	  }
	| { readonly type: "rejected"; readonly detail?: string | null }
	| { readonly type: "password-expired"; readonly detail?: string | null }
	| {
			readonly type: "retryable";
			readonly code?: "unavailable" | "bad-response";
			/** What `Retry-After` said, ms; `null`: the session chooses. */
			readonly afterMs?: number | null;
			readonly detail?: string | null;
	  }
	/** The server may have acted, but its answer is of no use. */
	| { readonly type: "in-doubt"; readonly detail?: string | null };

/** The answer of a token endpoint, with the clock to read its dates by. */
export interface AnswerContext {
	/** Our wall clock when it arrived, ms since the Unix epoch. */
	readonly nowMs: number;
}

/** One call of a token endpoint: how to ask, and how to judge the answer. Never sends. */
export interface Exchange<Input, User> {
	request(input: Input): HttpRequest;
	judge(response: HttpResponse, context: AnswerContext): Answer<User>;
}

export interface RefreshExchange<User> extends Exchange<Tokens, User> {
	/**
	 * May a refresh token be presented again after an answer was lost?
	 *
	 * - `when-expired` (default): only once the access token has run out, when nothing is left to lose
	 * - `always`: the server answers a repeated refresh token alike, however late it comes. A server that does so for a few
	 *   seconds only wants the default: a token that waited in the queue for a lock, or out an outage, would come too late
	 *   and count as stolen.
	 */
	readonly resend?: "when-expired" | "always";
}

/** What an adapter knows of an API answer. `body` is there only when the protocol asked for it. */
export interface ResponseFacts {
	readonly status: number;
	header(name: string): string | null;
	readonly body?: string;
}

/**
 * The description of an API: builds request data, judges response data, never sends anything.
 * @typeParam Credentials what `signIn` takes
 * @typeParam User what `state.user` holds
 */
export interface Protocol<Credentials = unknown, User = unknown> {
	/** Identifies the API in stores and lock names; part of no secret. */
	readonly name: string;
	readonly signIn: Exchange<Credentials, User>;
	/** Missing: tokens cannot be renewed. */
	readonly refresh?: RefreshExchange<User>;
	/** Can these tokens be renewed? Default: there is a refresh token. */
	canRefresh?(tokens: Tokens): boolean;
	/** Revokes the tokens at the server (RFC 7009). Best effort. */
	readonly signOut?: { request(tokens: Tokens): HttpRequest };
	/**
	 * Does this absolute URL belong to the API? Compares with the canonical origin, so a URL that is not in the form
	 * that `new URL(url).href` gives may be answered `false`; adapters then ask again with that form.
	 */
	covers(url: string): boolean;
	/**
	 * The headers of one authorised request. Called for every request: values may change with time. The first carries the
	 * credential: a request whose caller has set a header of that name is left alone.
	 */
	authorize(tokens: Tokens): readonly Header[];
	/** Was the token the reason of this answer? `needs-body`: ask again with the body. */
	judge(facts: ResponseFacts): boolean | "needs-body";
	/** Each accepted request extends the lifetime (Oz). */
	readonly isSliding?: boolean;
	/**
	 * What to do at a redirect where a browser hides where it leads; elsewhere hops are followed by hand, and the token goes
	 * only where the protocol covers. `follow`: the browser follows, which is right only for a token in `Authorization`,
	 * since browsers drop that header alone at another origin. `error` (default): the request rejects.
	 */
	readonly redirect?: "error" | "follow";
}
