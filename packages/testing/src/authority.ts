/** What a mock server of a token API offers, and what is particular to one API: its rules. */
import type { ApiReply, ApiRequest, Delay } from "./api-message.ts";
import type { ApiErrors, ApiRoute } from "./api-route.ts";
import type {
	AuthorityEvent,
	AuthorityEventType,
	Counters,
} from "./authority-event.ts";
import type { Fault, FaultOptions, RequestKind } from "./fault.ts";
import type {
	AccessVerdict,
	Held,
	Ledger,
	TokenSession,
} from "./token-ledger.ts";
import type { TokenPolicy } from "./token-policy.ts";

export type ApiName = "oz" | "kazunion" | "oauth2";

export interface AuthorityOptions<Account> extends Partial<TokenPolicy> {
	/** The authority's own clock, ms since the Unix epoch. Default `Date.now`; of `virtualPlatform().forServer` in tests. */
	readonly nowMs?: () => number;
	/** How slow answers wait. Default: real timers; of `virtualPlatform().forServer` in tests. */
	readonly delay?: Delay;
	/** 0 to 1, for the tokens' text. Default `Math.random`. */
	readonly random?: () => number;
	/** Who may sign in. Default: the accounts of the API's documentation, see the README. */
	readonly accounts?: readonly Account[];
	/** In every token given, so that a test can search its output for it. Default `kt-canary-`. */
	readonly tokenMark?: string;
}

/** What `sessions` shows: no tokens. */
export interface SessionView {
	readonly id: number;
	readonly account: string;
	readonly generation: number;
	readonly isRevoked: boolean;
	/** End of the newest access token, authority's clock. */
	readonly expiresAtMs: number;
}

/** What a token endpoint did. */
export interface TokenOutcome {
	readonly reply: ApiReply;
	readonly type: AuthorityEventType;
	readonly account?: string | null;
	readonly held?: Held | null;
}

export interface ApiContext<Account> {
	readonly ledger: Ledger;
	nowMs(): number;
	account(login: string): Account | undefined;
}

/** What is particular to one API. */
export interface ApiRules<Account> extends ApiErrors {
	readonly api: ApiName;
	readonly policy: TokenPolicy;
	readonly accounts: readonly Account[];
	loginOf(account: Account): string;
	/** Of this account's sessions, ms; `null`: the policy's. */
	lifetimeOf?(account: Account): number | null;
	readonly tokenRoutes: readonly {
		readonly path: string;
		readonly kind: Exclude<RequestKind, "api">;
		/** Where one path serves several kinds. */
		kindOf?(request: ApiRequest): Exclude<RequestKind, "api">;
		answer(request: ApiRequest, context: ApiContext<Account>): TokenOutcome;
	}[];
	readonly routes: readonly ApiRoute<Account>[];
	readToken(request: ApiRequest): string | null;
	/** The answer to a refused token. */
	refuseToken(verdict: Exclude<AccessVerdict, { type: "accepted" }>): ApiReply;
	newToken(
		kind: "access" | "refresh",
		session: TokenSession,
		details: {
			readonly generation: number;
			readonly issuedAtMs: number;
			readonly expiresAtMs: number;
			/** Begins with the mark, ends with something unique. */
			token(name: string): string;
		},
	): string;
}

export interface Authority<Account = unknown> {
	readonly api: ApiName;
	/**
	 * Answers as the API does. Rejects with `ConnectionLost` when a fault breaks the connection.
	 * @param basePath what comes before the API's own paths, for an API that is mounted on a path
	 */
	handler(request: Request, basePath?: string): Promise<Response>;
	/** The same on plain data, in microtasks only. */
	act(request: ApiRequest, basePath?: string): Promise<ApiReply>;
	/** A snapshot, taken at each read. */
	readonly counters: Counters;
	/** The last 10,000, oldest first. */
	readonly events: readonly AuthorityEvent[];
	/** Calls back with each event. @returns unsubscribes */
	subscribe(listener: (event: AuthorityEvent) => void): () => void;
	readonly sessions: readonly SessionView[];
	nowMs(): number;
	/** Scripts a fault. @returns takes it back */
	fail(fault: Fault, options?: FaultOptions): () => void;
	/** Access tokens expire now; refresh tokens stay good. @param login of one account only */
	expireNow(login?: string): void;
	/** The server does not know its access tokens any more; refresh tokens stay good. */
	loseToken(login?: string): void;
	/** All sessions are over: neither kind of token is good any more. */
	revokeAll(login?: string): void;
	/** Renews each session behind its owner's back, as another client with the same refresh token would. */
	rotate(login?: string): void;
	/** Of access tokens given from now on, ms. */
	setLifetime(lifetimeMs: number): void;
	/** Moves the authority's clock against the one it was given, ms. */
	setClockOffset(offsetMs: number): void;
	/** Moves only the `Date` header, ms. */
	setDateOffset(offsetMs: number): void;
	/** Adds an account, or changes the one with this login. */
	setAccount(account: Account): void;
	/** Signs an account in without a request. @throws RangeError when there is no such account */
	issue(login: string): { readonly access: string; readonly refresh: string };
	/** Forgets sessions, faults, offsets, counters and events; accounts stay. */
	reset(): void;
}
