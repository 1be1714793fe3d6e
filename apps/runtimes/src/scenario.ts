/** What a scenario is given: one session, one adapter and one API, in whatever runtime this is. No test framework. */
import { type Auth, createAuth, type Platform } from "@keyturn/core";
import { createAuthFetch, webPlatform } from "@keyturn/fetch";
import { withAuth } from "@keyturn/ky";
import { kazunion } from "@keyturn/protocols/kazunion";
import { oz } from "@keyturn/protocols/oz";
import type { Counters, Fault, FaultOptions } from "@keyturn/testing";
import ky from "ky";

/** Every token of the mock APIs begins so. */
export const tokenMark = "kt-canary-";

export type Adapter = "fetch" | "ky";
export type ApiName = "oz" | "kazunion";

/** Where runtimes differ and may. */
export interface Traits {
	/** Redirects are opaque, and so are refused. */
	readonly hidesRedirects: boolean;
	/** Request bodies can be streamed over HTTP/1.1. */
	readonly canStream: boolean;
}

export interface Config {
	/** Origin of the server that has both APIs, at `/oz` and `/kazunion`. */
	readonly apis: string;
	/** Another origin, which writes down what reaches it. */
	readonly foreign: string;
	/** Where nobody listens. */
	readonly closed: string;
	readonly traits: Traits;
}

export interface CallInit {
	readonly method?: string;
	readonly body?: BodyInit;
	readonly duplex?: "half";
	readonly signal?: AbortSignal;
	readonly redirect?: RequestRedirect;
	readonly replay?: boolean;
}

export interface Context extends Config {
	readonly adapter: Adapter;
	readonly auth: Auth;
	readonly baseUrl: string;
	/** Through the adapter, to a path of the API or to a Request. Never rejects for a status. */
	call(to: string | Request, init?: CallInit): Promise<Response>;
	/** What passes below the adapter; a scenario may hold answers back. */
	below: typeof fetch;
	/** What passes below the session: its token requests; a scenario may hold answers back. */
	send: Platform["send"];
	/** Moves this session's clocks ahead, ms. */
	skip(ms: number): void;
	signIn(): Promise<void>;
	/** `POST /__mock/<order>`. */
	order(order: string, body?: object): Promise<void>;
	fail(fault: Fault, options?: FaultOptions): Promise<void>;
	counters(): Promise<Counters>;
}

const apis = {
	oz: (baseUrl: string) => ({
		protocol: oz({ baseUrl }),
		credentials: { email: "user_email", password: "user_password" },
	}),
	kazunion: (baseUrl: string) => ({
		protocol: kazunion({ baseUrl, timezoneOffsetMinutes: 240 }),
		credentials: { login: "string", password: "string" },
	}),
};

export async function openContext(
	config: Config,
	api: ApiName,
	adapter: Adapter,
	root: string = `${config.apis}/${api}`,
): Promise<Context> {
	const { protocol, credentials } = apis[api](root);
	const web = webPlatform();
	let skippedMs = 0;
	const platform: Platform = {
		...web,
		nowMs: () => web.nowMs() + skippedMs,
		monotonicMs: () => web.monotonicMs() + skippedMs,
		send: (request) => context.send(request),
	};
	const auth = createAuth<unknown, unknown>({
		protocol: protocol as never,
		platform,
		refresh: { eager: false, minIntervalMs: 0 },
	});
	const fetchBelow = (input: string | URL | Request, init?: RequestInit) =>
		context.below(input, init);
	const authFetch = createAuthFetch(auth, { fetch: fetchBelow });
	// ky's own ten seconds are too few for fifty requests at once, where the machine is busy
	const client = ky
		.create({ fetch: fetchBelow, timeout: false })
		.extend(withAuth(auth));
	const control = async (order: string, init?: RequestInit) => {
		const response = await fetch(`${root}/__mock${order}`, init);
		if (!response.ok) throw new Error(`the mock refuses ${order}`);
		return (await response.json()) as { counters: Counters };
	};
	const context: Context = {
		...config,
		adapter,
		auth,
		baseUrl: root,
		below: (input, init) => fetch(input, init),
		send: web.send,
		call(to, init) {
			const input = typeof to === "string" ? root + to : to;
			return adapter === "fetch"
				? authFetch(input, init)
				: client(input, { ...init, throwHttpErrors: false });
		},
		skip(ms) {
			skippedMs += ms;
		},
		async signIn() {
			await auth.signIn(credentials);
		},
		async order(order, body = {}) {
			await control(`/${order}`, {
				method: "POST",
				body: JSON.stringify(body),
			});
		},
		fail: (fault, options) => context.order("fail", { fault, ...options }),
		counters: async () => (await control("")).counters,
	};
	return context;
}

export function assert(condition: unknown, what: string): asserts condition {
	if (!condition) throw new Error(what);
}

export function equal(actual: unknown, expected: unknown, what: string): void {
	const [is, wanted] = [actual, expected].map((value) => JSON.stringify(value));
	assert(is === wanted, `${what}: ${is}, not ${wanted}`);
}

/** What a promise rejects with. */
export async function rejection(promise: Promise<unknown>): Promise<Error> {
	try {
		await promise;
	} catch (error) {
		assert(error instanceof Error, "rejects with no Error");
		return error;
	}
	throw new Error("does not reject");
}

/** Looks until it is so, at most a minute: on a busy machine a runtime may stand still for some seconds of it. */
export async function until(
	isSo: () => boolean | Promise<boolean>,
	what: string,
): Promise<void> {
	const endMs = performance.now() + 60_000;
	while (!(await isSo())) {
		assert(performance.now() < endMs, `never: ${what}`);
		await new Promise((resolve) => setTimeout(resolve, 5));
	}
}
