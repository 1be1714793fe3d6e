/** What the mock servers know of the tokens they gave: sessions, their pairs, and which of them still count. */

import type { TokenPolicy } from "./token-policy.ts";

export interface Pair {
	readonly access: string;
	readonly refresh: string;
	/** Number of this pair in its session, from 1. */
	readonly generation: number;
	expiresAtMs: number;
	readonly refreshExpiresAtMs: number;
	isAccessDead: boolean;
	refreshUsedAtMs: number | null;
	isUsed: boolean;
}

export interface TokenSession {
	readonly id: number;
	/** The account's login. */
	readonly account: string;
	readonly lifetimeMs: number | null;
	readonly hasRefresh: boolean;
	readonly pairs: Pair[];
	isRevoked: boolean;
}

export interface Held {
	readonly session: TokenSession;
	readonly pair: Pair;
}

export type AccessVerdict =
	| ({ readonly type: "accepted" } & Held)
	| { readonly type: "missing" }
	| { readonly type: "unknown"; readonly held: Held | null }
	| { readonly type: "expired"; readonly held: Held };

export type RefreshVerdict =
	| ({ readonly type: "renewed"; readonly isRepeat: boolean } & Held)
	| { readonly type: "unknown" }
	| {
			readonly type: "used" | "expired" | "revoked";
			readonly held: Held;
	  };

export interface Ledger {
	readonly sessions: readonly TokenSession[];
	/** @param lifetimeMs overrides the policy's for this session; `null`: the policy's, as it stands then */
	open(account: string, lifetimeMs: number | null, hasRefresh?: boolean): Held;
	find(token: string): Held | undefined;
	/** Judges a token without any effect. */
	peek(token: string | null): AccessVerdict;
	/** Judges a token as one authenticated request does: slides, and ends the older pairs. */
	use(token: string | null): AccessVerdict;
	renew(refresh: string): RefreshVerdict;
	clear(): void;
}

export const currentPair = (session: TokenSession): Pair =>
	session.pairs.at(-1) as Pair;

export function createLedger(
	policy: () => TokenPolicy,
	nowMs: () => number,
	newToken: (
		kind: "access" | "refresh",
		session: TokenSession,
		generation: number,
		issuedAtMs: number,
		expiresAtMs: number,
	) => string,
): Ledger {
	let sessions: TokenSession[] = [];
	const byToken = new Map<string, Held>();
	let count = 0;

	const lifetimeOf = (session: TokenSession) =>
		session.lifetimeMs ?? policy().lifetimeMs;

	function addPair(session: TokenSession): Pair {
		const { refreshLifetimeMs, refreshTokens } = policy();
		const previous = session.pairs.at(-1);
		const generation = session.pairs.length + 1;
		const atMs = nowMs();
		const expiresAtMs = atMs + lifetimeOf(session);
		const isKept = previous && refreshTokens === "reusable";
		const pair: Pair = {
			access: newToken("access", session, generation, atMs, expiresAtMs),
			refresh: !session.hasRefresh
				? ""
				: isKept
					? previous.refresh
					: newToken("refresh", session, generation, atMs, expiresAtMs),
			generation,
			expiresAtMs,
			refreshExpiresAtMs: isKept
				? previous.refreshExpiresAtMs
				: atMs + (refreshLifetimeMs ?? Infinity),
			isAccessDead: false,
			refreshUsedAtMs: null,
			isUsed: false,
		};
		session.pairs.push(pair);
		byToken.set(pair.access, { session, pair });
		if (pair.refresh) byToken.set(pair.refresh, { session, pair });
		return pair;
	}

	/** The first use of a pair ends the older ones, where the API works so. */
	function touch({ session, pair }: Held): void {
		pair.isUsed = true;
		if (policy().oldAccess === "until-new-used")
			for (const older of session.pairs)
				if (older.generation < pair.generation) older.isAccessDead = true;
	}

	function peek(token: string | null): AccessVerdict {
		if (!token) return { type: "missing" };
		const held = byToken.get(token);
		if (held?.pair.access !== token) return { type: "unknown", held: null };
		if (held.session.isRevoked || held.pair.isAccessDead)
			return { type: "unknown", held };
		return nowMs() < held.pair.expiresAtMs
			? { type: "accepted", ...held }
			: { type: "expired", held };
	}

	return {
		get sessions() {
			return sessions;
		},
		open(account, lifetimeMs, hasRefresh = true) {
			const session: TokenSession = {
				id: ++count,
				account,
				lifetimeMs,
				hasRefresh,
				pairs: [],
				isRevoked: false,
			};
			sessions.push(session);
			return { session, pair: addPair(session) };
		},
		find: (token) => byToken.get(token),
		peek,
		use(token) {
			const verdict = peek(token);
			if (verdict.type === "accepted") {
				const { session, pair } = verdict;
				touch({ session, pair });
				if (policy().isSliding)
					pair.expiresAtMs = Math.max(
						pair.expiresAtMs,
						nowMs() + lifetimeOf(session),
					);
			}
			return verdict;
		},
		renew(refresh) {
			const held = byToken.get(refresh);
			if (!held || held.pair.refresh !== refresh) return { type: "unknown" };
			const { session, pair } = held;
			if (session.isRevoked) return { type: "revoked", held };
			if (nowMs() >= pair.refreshExpiresAtMs) return { type: "expired", held };
			const { refreshTokens, reuseIntervalMs, isReuseDetected, oldAccess } =
				policy();
			const successor = session.pairs[pair.generation];
			if (pair.refreshUsedAtMs !== null && successor) {
				const isWithin = nowMs() < pair.refreshUsedAtMs + reuseIntervalMs;
				const isFresh = refreshTokens === "until-new-used" && !successor.isUsed;
				// only the immediate parent is forgiven, as at the servers that have such an interval
				if (successor === currentPair(session) && (isWithin || isFresh))
					return { type: "renewed", isRepeat: true, session, pair: successor };
				if (isReuseDetected) session.isRevoked = true;
				return { type: "used", held };
			}
			touch(held);
			const next = addPair(session);
			if (refreshTokens !== "reusable") pair.refreshUsedAtMs = nowMs();
			if (oldAccess === "at-once") pair.isAccessDead = true;
			return { type: "renewed", isRepeat: false, session, pair: next };
		},
		clear() {
			sessions = [];
			byToken.clear();
		},
	};
}
