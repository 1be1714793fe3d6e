/** A mock server of a token API: accounts, sessions, faults, counters. What is particular to one API are its rules. */
import {
	type ApiReply,
	type ApiRequest,
	ConnectionLost,
	type Delay,
	fromRequest,
	realDelay,
	toResponse,
} from "./api-message.ts";
import {
	type ApiErrors,
	type ApiRoute,
	commonRoutes,
	findRoute,
} from "./api-route.ts";
import {
	type AuthorityEvent,
	type AuthorityEventType,
	type Counters,
	countersOf,
	noCounts,
} from "./authority-event.ts";
import {
	createFaultScript,
	type Fault,
	type FaultOptions,
	type RequestKind,
	replyInstead,
	spoil,
} from "./fault.ts";
import {
	type AccessVerdict,
	createLedger,
	currentPair,
	type Held,
	type Ledger,
	type TokenPolicy,
	type TokenSession,
} from "./token-ledger.ts";

export type ApiName = "oz" | "kazunion" | "oauth2";

export interface AuthorityOptions<Account> extends Partial<TokenPolicy> {
	/** The authority's own clock, ms since the Unix epoch. Default `Date.now`; `virtualPlatform().serverNowMs` in tests. */
	readonly nowMs?: () => number;
	/** How slow answers wait. Default: real timers; `virtualPlatform().delay` in tests. */
	readonly delay?: Delay;
	/** 0 to 1, for the tokens' text. Default `Math.random`. */
	readonly random?: () => number;
	/** Who may sign in. Default: the accounts of the API's documentation, see the README. */
	readonly accounts?: readonly Account[];
	/** Part of every token given, so that a test can search its output for it. Default `mock`. */
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
			/** Unique, with the mark in it. */
			readonly nonce: string;
		},
	): string;
}

export interface Authority<Account = unknown> {
	readonly api: ApiName;
	/**
	 * Answers as the API does. Rejects with {@link ConnectionLost} when a fault breaks the connection.
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

const maxEvents = 10_000;

/** Builds an authority from the rules of an API. */
export function createAuthority<Account>(
	rules: ApiRules<Account>,
	options: AuthorityOptions<Account> = {},
): Authority<Account> {
	const {
		nowMs: baseNowMs = Date.now,
		delay = realDelay,
		random = Math.random,
		accounts: given = rules.accounts,
		tokenMark = "mock",
		...overrides
	} = options;
	const original: TokenPolicy = { ...rules.policy, ...overrides };
	let policy = original;
	let clockOffsetMs = 0;
	let dateOffsetMs = 0;
	let nonces = 0;
	let counters: Counters = noCounts;
	let events: AuthorityEvent[] = [];
	const listeners = new Set<(event: AuthorityEvent) => void>();
	const faults = createFaultScript();
	const accounts = new Map(given.map((one) => [rules.loginOf(one), one]));
	const routes = [...rules.routes, ...commonRoutes<Account>(rules)];

	const nowMs = () => baseNowMs() + clockOffsetMs;
	const ledger = createLedger(
		() => policy,
		nowMs,
		(kind, session, generation, expiresAtMs) =>
			rules.newToken(kind, session, {
				generation,
				issuedAtMs: nowMs(),
				expiresAtMs,
				nonce: `${tokenMark}-${++nonces}-${Math.floor(random() * 2 ** 48).toString(36)}`,
			}),
	);
	const context: ApiContext<Account> = {
		ledger,
		nowMs,
		account: (login) => accounts.get(login),
	};

	function count(...names: readonly (keyof Counters)[]): void {
		const next: Record<keyof Counters, number> = { ...counters };
		for (const name of names) next[name]++;
		counters = next;
	}

	function note(
		type: AuthorityEventType,
		request: Pick<ApiRequest, "method"> & { readonly path: string },
		status: number | null,
		rest: {
			readonly held?: Held | null | undefined;
			readonly account?: string | null | undefined;
			readonly detail?: string;
		} = {},
	): void {
		const { held, account, detail } = rest;
		const event: AuthorityEvent = {
			atMs: nowMs(),
			type,
			method: request.method,
			path: request.path,
			status,
			account: held?.session.account ?? account ?? null,
			session: held?.session.id ?? null,
			generation: held?.pair.generation ?? null,
			detail: detail ?? null,
		};
		events.push(event);
		if (events.length > maxEvents) events.shift();
		count(...countersOf[type]);
		for (const listener of [...listeners]) listener(event);
	}

	const dated = (reply: ApiReply): ApiReply => ({
		...reply,
		headers: {
			date: new Date(nowMs() + dateOffsetMs).toUTCString(),
			...reply.headers,
		},
	});

	/** What the server does when nothing is in its way. */
	async function serve(
		request: ApiRequest,
		url: URL,
		path: string,
		basePath: string,
	): Promise<ApiReply> {
		const at = { method: request.method, path };
		const tokenRoute = findRoute(rules.tokenRoutes, path);
		if (tokenRoute) {
			if (request.method !== "POST") {
				note("bad-request", at, 405);
				return rules.fail(405);
			}
			const outcome = tokenRoute.answer(request, context);
			note(outcome.type, at, outcome.reply.status, outcome);
			return outcome.reply;
		}
		const route = findRoute(routes, path);
		if (!route) {
			note("bad-request", at, 404);
			return rules.fail(404);
		}
		const verdict = ledger.use(rules.readToken(request));
		if (verdict.type !== "accepted" && !route.isPublic) {
			const reply = rules.refuseToken(verdict);
			note("unauthorized", at, reply.status, {
				held: verdict.type === "missing" ? null : verdict.held,
			});
			return reply;
		}
		const caller =
			verdict.type === "accepted"
				? {
						...verdict,
						account: accounts.get(verdict.session.account) ?? null,
					}
				: null;
		const call = { request, path, query: url.searchParams, basePath, caller };
		if (route.delayMs) await delay(route.delayMs(call));
		const reply = route.answer(call);
		note(reply.status === 401 ? "unauthorized" : "accepted", at, reply.status, {
			held: caller,
		});
		return reply;
	}

	async function act(
		request: ApiRequest,
		basePath = "",
		signal?: AbortSignal,
	): Promise<ApiReply> {
		const url = new URL(request.url, "http://localhost");
		const path = url.pathname.startsWith(basePath)
			? url.pathname.slice(basePath.length)
			: url.pathname;
		const tokenRoute = findRoute(rules.tokenRoutes, path);
		const kind = tokenRoute?.kindOf?.(request) ?? tokenRoute?.kind ?? "api";
		count(
			"requests",
			kind === "sign-in"
				? "signInRequests"
				: kind === "refresh"
					? "refreshRequests"
					: kind === "sign-out"
						? "signOutRequests"
						: "apiRequests",
		);
		const fault = faults.take(kind, path);
		if (!fault) return dated(await serve(request, url, path, basePath));
		const noteFault = (status: number | null) =>
			note("fault", { method: request.method, path }, status, {
				detail: fault.type,
			});
		const instead = replyInstead(fault, request, rules.refuse, rules.fail);
		if (instead) {
			noteFault(instead.status);
			return dated(instead);
		}
		const silence = () =>
			new Promise<never>((_, reject) => {
				const stop = () => reject(signal?.reason);
				if (signal?.aborted) stop();
				else signal?.addEventListener("abort", stop, { once: true });
			});
		if (fault.type === "slow") await delay(fault.delayMs, signal);
		noteFault(null);
		if (fault.type === "reset-before") throw new ConnectionLost();
		if (fault.type === "hang" && !fault.isAfter) return silence();
		const reply = await serve(request, url, path, basePath);
		if (fault.type === "reset-after") throw new ConnectionLost();
		if (fault.type === "hang") return silence();
		return dated(spoil(fault, reply));
	}

	const control = (
		name: string,
		login: string | undefined,
		change: (session: TokenSession) => void,
	): void => {
		for (const session of ledger.sessions)
			if (login === undefined || session.account === login) change(session);
		note("controlled", { method: "", path: "" }, null, {
			account: login,
			detail: name,
		});
	};

	return {
		api: rules.api,
		async handler(request, basePath = "") {
			const { signal } = request;
			const reply = await act(await fromRequest(request), basePath, signal);
			return toResponse(reply, (delayMs) => delay(delayMs, signal));
		},
		act: (request, basePath) => act(request, basePath),
		get counters() {
			return counters;
		},
		get events() {
			return events;
		},
		subscribe(listener) {
			listeners.add(listener);
			return () => void listeners.delete(listener);
		},
		get sessions() {
			return ledger.sessions.map((session) => ({
				id: session.id,
				account: session.account,
				generation: currentPair(session).generation,
				isRevoked: session.isRevoked,
				expiresAtMs: currentPair(session).expiresAtMs,
			}));
		},
		nowMs,
		fail: (fault, where) => faults.add(fault, where),
		expireNow: (login) =>
			control("expireNow", login, ({ pairs }) => {
				for (const pair of pairs)
					pair.expiresAtMs = Math.min(pair.expiresAtMs, nowMs());
			}),
		loseToken: (login) =>
			control("loseToken", login, ({ pairs }) => {
				for (const pair of pairs) pair.isAccessDead = true;
			}),
		revokeAll: (login) =>
			control("revokeAll", login, (session) => {
				session.isRevoked = true;
			}),
		rotate: (login) =>
			control("rotate", login, (session) => {
				if (session.hasRefresh) ledger.renew(currentPair(session).refresh);
			}),
		setLifetime(lifetimeMs) {
			policy = { ...policy, lifetimeMs };
		},
		setClockOffset(offsetMs) {
			clockOffsetMs = offsetMs;
		},
		setDateOffset(offsetMs) {
			dateOffsetMs = offsetMs;
		},
		setAccount(account) {
			accounts.set(rules.loginOf(account), account);
		},
		issue(login) {
			const account = accounts.get(login);
			if (!account) throw new RangeError("no such account");
			const { pair } = ledger.open(login, rules.lifetimeOf?.(account) ?? null);
			return { access: pair.access, refresh: pair.refresh };
		},
		reset() {
			ledger.clear();
			faults.clear();
			policy = original;
			clockOffsetMs = 0;
			dateOffsetMs = 0;
			counters = noCounts;
			events = [];
		},
	};
}
