/** What a test does to the sessions of an authority behind their owners' backs. */
import type { Authority, SessionView } from "./authority.ts";
import type { AuthorityLog } from "./authority-log.ts";
import { currentPair, type Ledger, type TokenSession } from "./token-ledger.ts";

export const viewsOf = (ledger: Ledger): readonly SessionView[] =>
	ledger.sessions.map((session) => ({
		id: session.id,
		account: session.account,
		generation: currentPair(session).generation,
		isRevoked: session.isRevoked,
		expiresAtMs: currentPair(session).expiresAtMs,
	}));

export function sessionControls(
	ledger: Ledger,
	log: AuthorityLog,
	nowMs: () => number,
): Pick<Authority, "expireNow" | "loseToken" | "revokeAll" | "rotate"> {
	const order =
		(detail: string, change: (session: TokenSession) => void) =>
		(login?: string): void => {
			for (const session of ledger.sessions)
				if (login === undefined || session.account === login) change(session);
			log.note({ type: "controlled", account: login, detail });
		};
	return {
		expireNow: order("expireNow", ({ pairs }) => {
			for (const pair of pairs)
				pair.expiresAtMs = Math.min(pair.expiresAtMs, nowMs());
		}),
		loseToken: order("loseToken", ({ pairs }) => {
			for (const pair of pairs) pair.isAccessDead = true;
		}),
		revokeAll: order("revokeAll", (session) => {
			session.isRevoked = true;
		}),
		rotate: order("rotate", (session) => {
			if (session.hasRefresh) ledger.renew(currentPair(session).refresh);
		}),
	};
}
