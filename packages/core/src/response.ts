import { plausibleLifetimeMs } from "./arrival.ts";
import type { HttpResponse } from "./ports.ts";
import type { AnswerContext, ResponseFacts } from "./protocol.ts";

/** A JSON object as {@link parseJson} gives it: without prototype, so that only what the server sent can be read. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** The parts of an answer by which its dates are read. */
export type DatedFacts = Pick<HttpResponse, "headers"> & AnswerContext;

/** No server makes a client wait longer, ms: an hour. */
const maxRetryAfterMs = 3_600_000;

/**
 * Parses foreign text. Total: what is not JSON, or is nested too deep for the reviver's recursion, is `undefined`, and
 * the parser's own message, which quotes the text, goes nowhere (B6, B99).
 *
 * Objects come without prototype and without a `__proto__` member: a polluted `Object.prototype` cannot answer for a
 * field that the server left out.
 */
export function parseJson(text: string): unknown {
	try {
		return JSON.parse(text, (key, value: unknown) =>
			key === "__proto__"
				? undefined
				: typeof value === "object" && value && !Array.isArray(value)
					? Object.setPrototypeOf(value, null)
					: value,
		);
	} catch {
		return undefined;
	}
}

/** Only with its time zone: a date without one would be read as local time (B39). NaN when there is none. */
const httpDateMs = (text: string | undefined): number =>
	text?.endsWith("GMT") ? Date.parse(text) : Number.NaN;

/**
 * The server's clock, by its `Date` (RFC 9110 §6.6.1), when that can be true: readable, not out of a cache, and in this
 * century. NaN otherwise (B38). `Date` counts whole seconds: where ours is within that second, ours is the finer one.
 */
const serverNowMs = ({ headers, nowMs }: DatedFacts): number => {
	const dateMs =
		+(headers.age ?? 0) > 0 ? Number.NaN : httpDateMs(headers.date);
	return dateMs > 15e11 && dateMs < 4e12
		? nowMs >= dateMs && nowMs < dateMs + 1_000
			? nowMs
			: dateMs
		: Number.NaN;
};

/**
 * Milliseconds that `Retry-After` asks for (RFC 9110 §10.2.3: seconds, or a date, which is read against the server's own
 * `Date`), at most an hour. `null`: nothing there, not understood, or in the past (B16).
 */
export function parseRetryAfterMs(facts: DatedFacts): number | null {
	const text = facts.headers["retry-after"] ?? "";
	const ms = /^\d+$/.test(text)
		? +text * 1_000
		: httpDateMs(text) - (serverNowMs(facts) || facts.nowMs);
	return ms >= 0 ? Math.min(ms, maxRetryAfterMs) : null;
}

/**
 * Milliseconds until a moment on the server's clock, counted on that clock where the answer shows it, else on ours.
 * `null` when neither gives a lifetime that can be true (5 seconds to 10 years): the session then renews only when its
 * token is refused (B20, B21, B33, B100).
 *
 * @param expiresAtMs since the Unix epoch; anything but a finite number is `null`
 */
export function lifetimeUntilMs(
	expiresAtMs: number,
	facts: DatedFacts,
): number | null {
	return (
		plausibleLifetimeMs(expiresAtMs - serverNowMs(facts)) ??
		plausibleLifetimeMs(expiresAtMs - facts.nowMs)
	);
}

/** Where APIs put words for people, the most telling first; `errors` is what ASP.NET lists by field. */
const messageFields =
	"error_description error_message message Message detail title error".split(
		" ",
	);

/** What the API says in words, not yet shortened or cleaned; `null` when it says nothing. */
export function messageOf(body: JsonObject): string | null {
	const { errors } = body;
	for (const value of [
		...(typeof errors === "object" ? Object.values(errors ?? {}).flat() : []),
		...messageFields.map((name) => body[name]),
	])
		if (typeof value === "string" && value) return value;
	return null;
}

/**
 * Did a bearer token cause this answer (RFC 6750 §3)? Only a 401 can say so: one with a `Bearer` challenge that names no
 * error or `invalid_token`, or one without any challenge (many APIs send none, and browsers hide the header from other
 * origins). `insufficient_scope`, and challenges of other schemes such as DPoP or Basic, are not the token's (B25, B30).
 */
export function judgeBearer(facts: ResponseFacts): boolean {
	if (facts.status !== 401) return false;
	const header = facts.header("www-authenticate");
	if (!header) return true;
	let isBearer = false;
	let isRejected = false;
	// one header may hold several challenges: a part that begins with a scheme opens the next one
	for (const part of header.match(/(?:"[^"]*"|[^",])+/g) ?? []) {
		const scheme = /^\s*([^\s=]+)(?:\s+[^\s=]|\s*$)/.exec(part)?.[1];
		if (scheme) isBearer = scheme.toLowerCase() === "bearer";
		if (!isBearer) continue;
		const error = /^\s*(?:[^\s=]+\s+)?error\s*=\s*"?([^"\s]*)/i.exec(part)?.[1];
		if (error) return error === "invalid_token";
		isRejected = true;
	}
	return isRejected;
}
