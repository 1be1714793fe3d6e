/**
 * An API, described by its paths, its bodies and how to read its answers. Over 200 lines because the options are
 * documented beside the code that reads them.
 */
import { assertApiUrl, assertOption, createCovers } from "./api-url.ts";
import { AuthError, isAuthError } from "./auth-error.ts";
import { ownMembers } from "./own-members.ts";
import type { Header, HttpRequest, HttpResponse } from "./ports.ts";
import type {
	Answer,
	AnswerContext,
	Protocol,
	RefreshExchange,
	ResponseFacts,
	Tokens,
} from "./protocol.ts";
import {
	type JsonObject,
	judgeBearer,
	messageOf,
	parseJson,
	parseRetryAfterMs,
} from "./response.ts";

/** The tokens as text, for the one place where a request is built. Keep them nowhere. */
export interface PlainTokens {
	readonly access: string;
	/** `null`: the session has none. */
	readonly refresh: string | null;
}

/** An answer of a token endpoint, as it came, with what is needed to read it. */
export interface AnswerFacts extends HttpResponse, AnswerContext {
	readonly call: "signIn" | "refresh";
}

/** One token endpoint. */
export interface CallDescription<Input> {
	/** Begins with `/` and is appended to `baseUrl`; or a whole URL, where the endpoint lives elsewhere. */
	readonly path: string;
	/** What errors call a wrong `path`. Default: where it stands, such as `signIn.path`. */
	readonly label?: string;
	/** Default `POST`. */
	readonly method?: string;
	/** A value is sent as JSON, a string as a form (`new URLSearchParams(...).toString()`). Default: no body. */
	body?(input: Input): unknown;
	/** Besides `accept` and `content-type`. */
	headers?(input: Input): readonly Header[];
}

export interface RefreshDescription<User> extends CallDescription<PlainTokens> {
	/** May the refresh token be sent again after a lost answer? Default `when-expired`. */
	readonly resend?: RefreshExchange<User>["resend"] | undefined;
	/**
	 * The statuses by which this endpoint says that the refresh token is dead. They end the session, so there is no
	 * default: only the API's documentation can tell. Every other failure keeps it.
	 */
	readonly rejectedStatuses: readonly number[];
}

/**
 * @typeParam Credentials what `signIn.body` takes
 * @typeParam User what `read` gives as `user`
 */
export interface ProtocolDescription<Credentials, User> {
	/** Short and stable; stored sessions are found by it and `baseUrl`. */
	readonly name: string;
	/**
	 * Where tokens may be sent: an origin in canonical form, and a path prefix if only a part of it is the API
	 * (`https://api.example.com/v2`). `https`, except on loopback. One slash at the end is dropped.
	 */
	readonly baseUrl: string;
	readonly signIn: CallDescription<Credentials> & {
		/** The statuses that refuse the credentials. Default 400, 401, 403. */
		readonly rejectedStatuses?: readonly number[];
	};
	/** Missing: tokens cannot be renewed. */
	readonly refresh?: RefreshDescription<User>;
	/** Revokes the tokens at the server, best effort. */
	readonly signOut?: CallDescription<PlainTokens>;
	/**
	 * Reads a 2xx answer to a sign-in or refresh. `body` is its JSON object, empty if it is none; the text is
	 * `facts.body`. `null`, or an error thrown here, means that the answer is not this API's; of an `AuthError` the detail
	 * is told.
	 */
	read(body: JsonObject, facts: AnswerFacts): Answer<User> | null;
	/** Reads a 4xx or 5xx answer; `null` (default) leaves it to the statuses. `detail` and `afterMs` are filled in. */
	readFailure?(body: JsonObject, facts: AnswerFacts): Answer<User> | null;
	/** Default `Authorization: Bearer <access>`. Called for every request. */
	authorize?(tokens: PlainTokens): readonly Header[];
	/** Does an answer of the API reject the token? Default: RFC 6750, as `judgeBearer` says. */
	judge?(facts: ResponseFacts): boolean | "needs-body";
	/** Default: there is a refresh token. */
	canRefresh?(tokens: Tokens): boolean;
	/** Each accepted request extends the lifetime. Default `false`. */
	readonly isSliding?: boolean;
	/** `follow` only if the token travels in `Authorization` and nothing else is secret. Default `error`. */
	readonly redirect?: "error" | "follow";
}

const reveal = ({ access, refresh }: Tokens): PlainTokens => ({
	access: access.reveal(),
	refresh: refresh?.reveal() ?? null,
});

/**
 * Describes an API by its paths, its bodies and how to read its answers; everything else has a careful default.
 *
 * The result is total: its judges answer whatever a server sends, with a definite "no" only for the statuses that the
 * description names. Its `name` is `name@baseUrl`, so that tokens of one server are never restored for another.
 *
 * @throws AuthError `invalid-option`, naming the option
 */
export function defineProtocol<Credentials = void, User = null>(
	given: ProtocolDescription<Credentials, User>,
): Protocol<Credentials, User> {
	const description = ownMembers(given);
	const { name, signIn, refresh, signOut, read, readFailure } = description;
	const { authorize, judge, canRefresh, isSliding, redirect } = description;
	assertOption(typeof name === "string" && name, "name");
	assertOption(typeof read === "function", "read");
	assertApiUrl(description.baseUrl, "baseUrl");
	const baseUrl = description.baseUrl.replace(/\/$/, "");
	assertOption(!baseUrl.includes("?"), "baseUrl");

	const requestOf = <Input>(
		call: string,
		given: CallDescription<Input>,
	): ((input: Input) => HttpRequest) => {
		const {
			path,
			label = `${call}.path`,
			method = "POST",
			body,
			headers,
		} = ownMembers(given);
		const url = path?.[0] === "/" ? baseUrl + path : path;
		assertApiUrl(url, label);
		return (input) => {
			try {
				const content = body?.(input);
				const isText = typeof content === "string";
				return {
					method,
					url,
					headers: [
						["accept", "application/json"],
						...(content === undefined
							? []
							: [
									[
										"content-type",
										`application/${isText ? "x-www-form-urlencoded" : "json"}`,
									] as const,
								]),
						...(headers?.(input) ?? []),
					],
					body: isText ? content : (JSON.stringify(content) ?? null),
				};
			} catch (error) {
				// wrong credentials from JavaScript; the error of whoever read them may quote them
				throw isAuthError(error)
					? error
					: new AuthError("invalid-option", { detail: `${call}.body` });
			}
		};
	};

	const judgeOf =
		(call: AnswerFacts["call"], rejectedStatuses: readonly number[]) =>
		(response: HttpResponse, context: AnswerContext): Answer<User> => {
			const { status, body: text } = response;
			const facts: AnswerFacts = {
				...response,
				...context,
				headers: ownMembers(response.headers),
				call,
			};
			const isOk = status >= 200 && status < 300;
			const json = parseJson(text);
			const body = (
				typeof json === "object" && json && !Array.isArray(json)
					? json
					: Object.create(null)
			) as JsonObject;
			let answer: Answer<User> | null | undefined;
			try {
				answer = isOk
					? read(body, facts)
					: status > 399
						? readFailure?.(body, facts)
						: null;
			} catch (error) {
				answer = isAuthError(error)
					? { type: "retryable", code: "bad-response", detail: error.detail }
					: null;
			}
			answer ??= rejectedStatuses.includes(status)
				? { type: "rejected" }
				: {
						type: "retryable",
						code:
							status > 499 || [408, 425, 429].includes(status)
								? "unavailable"
								: "bad-response",
					};
			if (answer.type === "ok") return answer;
			const said = {
				detail: messageOf(body),
				afterMs: parseRetryAfterMs(facts),
				...answer,
			};
			// accepted, and then unreadable: the refresh token is probably used up (B5), unless a captive portal spoke (B6)
			return call === "refresh" &&
				isOk &&
				answer.type === "retryable" &&
				answer.code === "bad-response" &&
				!/^\s*</.test(text)
				? { type: "in-doubt", detail: said.detail }
				: said;
		};

	const askSignIn = requestOf("signIn", signIn);
	const askRefresh = refresh && requestOf("refresh", refresh);
	const askSignOut = signOut && requestOf("signOut", signOut);
	assertOption(
		!refresh || Array.isArray(refresh.rejectedStatuses),
		"refresh.rejectedStatuses",
	);
	return ownMembers<Protocol<Credentials, User>>({
		name: `${name}@${baseUrl}`,
		signIn: {
			request: askSignIn,
			judge: judgeOf(
				"signIn",
				ownMembers(signIn).rejectedStatuses ?? [400, 401, 403],
			),
		},
		...(askRefresh && {
			refresh: {
				request: (tokens) => askRefresh(reveal(tokens)),
				judge: judgeOf("refresh", refresh.rejectedStatuses),
				resend: ownMembers(refresh).resend ?? "when-expired",
			},
		}),
		...(askSignOut && {
			signOut: { request: (tokens) => askSignOut(reveal(tokens)) },
		}),
		...(canRefresh && { canRefresh }),
		...(isSliding && { isSliding }),
		...(redirect && { redirect }),
		covers: createCovers(baseUrl),
		authorize: (tokens) =>
			authorize
				? authorize(reveal(tokens))
				: [["Authorization", `Bearer ${tokens.access.reveal()}`]],
		judge: judge ?? judgeBearer,
	});
}
