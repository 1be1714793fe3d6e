import type { Arrival } from "./auth-event.ts";
import type { Session } from "./auth-state.ts";
import type { Answer, Tokens } from "./protocol.ts";
import { Secret } from "./secret.ts";

/** The part of the refresh policy that turns a lifetime into windows. */
export interface WindowPolicy {
	readonly shouldMarginMs: number | undefined;
	readonly mustMarginMs: number | undefined;
	/** `Infinity`: no absolute limit. */
	readonly maxSessionMs: number;
}

/**
 * Visible ASCII only, and short enough for a header line: refused here, before `Headers` would quote the value in its
 * error (B97) or a server would answer 431 for ever (B102). Node allows 16 KiB for all headers together.
 */
const tokenPattern = /^[\x21-\x7e]{1,8192}$/;

export const isToken = (value: unknown): value is string =>
	typeof value === "string" && tokenPattern.test(value);

/**
 * A lifetime that can be true, in ms: 5 seconds to 10 years; anything else (0, negative, NaN, a wrong unit) is unknown
 * and `null` (B20, B100).
 */
export function plausibleLifetimeMs(value: unknown): number | null {
	return typeof value === "number" && value >= 5_000 && value <= 315_576e6
		? value
		: null;
}

/** Margins are a share of the lifetime, bounded: never more than half of it, so that no lifetime can loop (B32). */
export function windows(
	receivedAtMs: number,
	lifetimeMs: number | null,
	{ shouldMarginMs, mustMarginMs }: WindowPolicy,
	jitter: number,
): Pick<Session, "shouldRefreshAtMs" | "mustRefreshAtMs"> {
	if (lifetimeMs === null)
		return { shouldRefreshAtMs: Infinity, mustRefreshAtMs: Infinity };
	const mustMs = Math.min(
		mustMarginMs ?? Math.min(lifetimeMs / 20, 10_000),
		lifetimeMs / 2,
	);
	const shouldMs = Math.min(
		// spread by up to a fifth, so that many tabs do not wake in the same tick (B8)
		(shouldMarginMs ?? Math.min(lifetimeMs / 5, 300_000)) * (1 + jitter / 5),
		lifetimeMs / 2,
	);
	const endMs = receivedAtMs + lifetimeMs;
	return {
		shouldRefreshAtMs: endMs - Math.max(shouldMs, mustMs),
		mustRefreshAtMs: endMs - mustMs,
	};
}

/** Cuts what a server said to something that can be shown: one line, short, no run that could be a token. */
export function redactDetail(text: unknown): string | null {
	return typeof text === "string" && text
		? text
				.replace(/[\w.~+/=-]{20,}/g, "[redacted]")
				// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is removed
				.replace(/[\x00-\x1f\x7f-\x9f\u2028\u2029]+/g, " ")
				.slice(0, 200)
		: null;
}

/** What surrounds an arrival: time, chance and policy, so that this file needs none of its own. */
export interface ArrivalContext {
	/** Session clock. */
	readonly atMs: number;
	readonly jitter: number;
	readonly policy: WindowPolicy;
	readonly canRefresh: (tokens: Tokens) => boolean;
	/** A repeated refresh token does no harm, so there is no doubt worth keeping. */
	readonly isResendSafe: boolean;
}

/** A session as it begins here, from whatever source. */
export const arrive = (
	tokens: Tokens,
	facts: Pick<
		Session,
		"receivedAtMs" | "signedInAtMs" | "lifetimeMs" | "isPasswordExpired"
	>,
	user: unknown,
	{ jitter, policy, canRefresh }: ArrivalContext,
): Arrival => ({
	user,
	session: {
		tokens,
		...facts,
		...windows(facts.receivedAtMs, facts.lifetimeMs, policy, jitter),
		endsAtMs: facts.signedInAtMs + policy.maxSessionMs,
		isRefreshable: canRefresh(tokens),
	},
});

/**
 * @param previous the session that was renewed; `null` at sign-in
 * @returns `null` when the answer's tokens cannot be sent in a header
 */
export function arrivalOf(
	answer: Extract<Answer, { type: "ok" }>,
	previous: Session | null,
	context: ArrivalContext,
): Arrival | null {
	const { access, refresh, user, isPasswordExpired = false } = answer;
	if (!isToken(access) || !(refresh == null || isToken(refresh))) return null;
	return arrive(
		{
			access: new Secret(access),
			refresh:
				refresh == null
					? (previous?.tokens.refresh ?? null)
					: new Secret(refresh),
		},
		{
			receivedAtMs: context.atMs,
			signedInAtMs: previous?.signedInAtMs ?? context.atMs,
			lifetimeMs: plausibleLifetimeMs(answer.lifetimeMs),
			isPasswordExpired,
		},
		// "said nothing" is for the table to fill in; at sign-in there is nothing to fill in
		previous ? user : (user ?? null),
		context,
	);
}
