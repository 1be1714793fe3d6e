/**
 * The engine of every mock server: lets a request meet its fault, its route and its token, in this order.
 * Over 200 lines because everything in it shares the one clock, the one ledger and the one log.
 */
import {
	type ApiReply,
	type ApiRequest,
	ConnectionLost,
	fromRequest,
	realDelay,
	toResponse,
} from "./api-message.ts";
import { commonRoutes, findRoute } from "./api-route.ts";
import type {
	ApiContext,
	ApiRules,
	Authority,
	AuthorityOptions,
} from "./authority.ts";
import { createAuthorityLog } from "./authority-log.ts";
import { createFaultScript, replyInstead, spoil } from "./fault.ts";
import { sessionControls, viewsOf } from "./session-control.ts";
import { createLedger } from "./token-ledger.ts";
import type { TokenPolicy } from "./token-policy.ts";

interface Incoming {
	readonly request: ApiRequest;
	readonly url: URL;
	/** Below the base path. */
	readonly path: string;
	readonly basePath: string;
	readonly signal: AbortSignal | undefined;
}

/** Never settles, unless the caller goes away. */
const silence = (signal: AbortSignal | undefined): Promise<never> =>
	new Promise((_, reject) => {
		const stop = () => reject(signal?.reason);
		if (signal?.aborted) stop();
		else signal?.addEventListener("abort", stop, { once: true });
	});

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
		tokenMark = "kt-canary-",
		...overrides
	} = options;
	const original: TokenPolicy = { ...rules.policy, ...overrides };
	let policy = original;
	let clockOffsetMs = 0;
	let dateOffsetMs = 0;
	let tokens = 0;
	const faults = createFaultScript();
	const accounts = new Map(given.map((one) => [rules.loginOf(one), one]));
	const routes = [...rules.routes, ...commonRoutes<Account>(rules)];

	const nowMs = () => baseNowMs() + clockOffsetMs;
	const log = createAuthorityLog(nowMs);
	const ledger = createLedger(
		() => policy,
		nowMs,
		(kind, session, generation, issuedAtMs, expiresAtMs) =>
			rules.newToken(kind, session, {
				generation,
				issuedAtMs,
				expiresAtMs,
				token: (name) =>
					`${tokenMark}${name}-${++tokens}-${Math.floor(random() * 2 ** 48).toString(36)}`,
			}),
	);
	const context: ApiContext<Account> = {
		ledger,
		nowMs,
		account: (login) => accounts.get(login),
	};

	const dated = (reply: ApiReply): ApiReply => ({
		...reply,
		headers: {
			date: new Date(nowMs() + dateOffsetMs).toUTCString(),
			...reply.headers,
		},
	});

	function answerToken({ request, path }: Incoming): ApiReply | undefined {
		const route = findRoute(rules.tokenRoutes, path);
		if (!route) return undefined;
		const at = { method: request.method, path };
		if (request.method !== "POST") {
			log.note({ type: "bad-request", at, status: 405 });
			return rules.fail(405);
		}
		const { reply, type, account, held } = route.answer(request, context);
		log.note({ type, at, status: reply.status, account, held });
		return reply;
	}

	/** What the server does when nothing is in its way. */
	async function serve(incoming: Incoming): Promise<ApiReply> {
		const { request, url, path, basePath, signal } = incoming;
		const given = answerToken(incoming);
		if (given) return given;
		const at = { method: request.method, path };
		const route = findRoute(routes, path);
		if (!route) {
			log.note({ type: "bad-request", at, status: 404 });
			return rules.fail(404);
		}
		const verdict = ledger.use(rules.readToken(request));
		if (verdict.type !== "accepted" && !route.isPublic) {
			const reply = rules.refuseToken(verdict);
			const held = verdict.type === "missing" ? null : verdict.held;
			log.note({ type: "unauthorized", at, status: reply.status, held });
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
		if (route.delayMs) await delay(route.delayMs(call), signal);
		const reply = route.answer(call);
		log.note({
			type: reply.status === 401 ? "unauthorized" : "accepted",
			at,
			status: reply.status,
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
		const incoming: Incoming = { request, url, path, basePath, signal };
		const route = findRoute(rules.tokenRoutes, path);
		const kind = route?.kindOf?.(request) ?? route?.kind ?? "api";
		log.arrived(kind);
		const fault = faults.take(kind, path);
		if (!fault) return dated(await serve(incoming));
		const noteFault = (status: number | null) =>
			log.note({
				type: "fault",
				at: { method: request.method, path },
				status,
				detail: fault.type,
			});
		const instead = replyInstead(fault, request, rules.refuse, rules.fail);
		noteFault(instead?.status ?? null);
		if (instead) return dated(instead);
		if (fault.type === "slow") await delay(fault.delayMs, signal);
		if (fault.type === "reset-before") throw new ConnectionLost();
		if (fault.type === "hang" && !fault.isAfter) return silence(signal);
		const reply = await serve(incoming);
		if (fault.type === "reset-after") throw new ConnectionLost();
		if (fault.type === "hang") return silence(signal);
		return dated(spoil(fault, reply));
	}

	return {
		api: rules.api,
		async handler(request, basePath = "") {
			const { signal } = request;
			const reply = await act(await fromRequest(request), basePath, signal);
			return toResponse(reply, (delayMs) => delay(delayMs, signal));
		},
		act: (request, basePath) => act(request, basePath),
		get counters() {
			return log.counters;
		},
		get events() {
			return log.events;
		},
		subscribe: log.subscribe,
		get sessions() {
			return viewsOf(ledger);
		},
		nowMs,
		fail: faults.add,
		...sessionControls(ledger, log, nowMs),
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
			log.clear();
			policy = original;
			clockOffsetMs = 0;
			dateOffsetMs = 0;
		},
	};
}
