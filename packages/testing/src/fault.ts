/** Scripted faults: what goes wrong, at which kind of request, and how often. Plain data, so that JSON can carry it. */
import {
	type ApiReply,
	type ApiRequest,
	inLowerCase,
	json,
} from "./api-message.ts";

export type Fault =
	/** Answers as always, only later. */
	| { readonly type: "slow"; readonly delayMs: number }
	/** Refuses the token as the API refuses one that it does not know, whatever the token. */
	| { readonly type: "unauthorized" }
	/** Answers so without acting. `body` is sent as it is; default: the API's own error body where it has one. */
	| {
			readonly type: "status";
			readonly status: number;
			readonly body?: string;
			readonly headers?: Readonly<Record<string, string>>;
	  }
	/** 429; a number is seconds, a string goes out as it is (a date, or garbage). */
	| { readonly type: "rate-limit"; readonly retryAfter: number | string }
	/** The connection breaks before the server did anything. */
	| { readonly type: "reset-before" }
	/** The server acts, and the answer is lost. */
	| { readonly type: "reset-after" }
	/** No answer, ever. `isAfter`: the server has acted. */
	| { readonly type: "hang"; readonly isAfter?: boolean }
	/** The server acts; the connection breaks in the middle of the body. */
	| { readonly type: "half-body" }
	/** The server acts and answers 200 with this instead of what its documentation says. Default: JSON cut in half. */
	| {
			readonly type: "malformed";
			readonly body?: string;
			readonly contentType?: string;
	  }
	/** A captive portal: 200 with an HTML page; nothing reaches the server. */
	| { readonly type: "portal" }
	/**
	 * Redirects without acting. `same`: to the same path and origin with `?redirected=1`; `foreign`: the same host name with
	 * another port (9, where nothing listens); anything else is the address. Default status 307.
	 */
	| {
			readonly type: "redirect";
			readonly to: string;
			readonly status?: 301 | 302 | 303 | 307 | 308;
	  };

export type FaultType = Fault["type"];

export type RequestKind = "sign-in" | "refresh" | "sign-out" | "api";

export interface FaultOptions {
	/**
	 * Which requests: a kind, `token` for the three kinds of the token endpoints, `any`, or a path's part (`/users`).
	 * Default `any`.
	 */
	readonly on?: RequestKind | "token" | "any" | `/${string}`;
	/** How many of them, `Infinity` for all. Default 1. */
	readonly times?: number;
	/** How many pass unharmed first. Default 0. */
	readonly skip?: number;
}

export interface FaultScript {
	/** Adds one; each request meets the first that fits. @returns takes it back */
	add(fault: Fault, options?: FaultOptions): () => void;
	take(kind: RequestKind, path: string): Fault | undefined;
	clear(): void;
}

export function createFaultScript(): FaultScript {
	let entries: {
		readonly fault: Fault;
		readonly on: string;
		left: number;
		skip: number;
	}[] = [];
	const fits = (on: string, kind: RequestKind, path: string): boolean =>
		on === "any" ||
		on === kind ||
		(on === "token" && kind !== "api") ||
		(on.startsWith("/") && path.includes(on));
	return {
		add(fault, { on = "any", times = 1, skip = 0 } = {}) {
			const entry = { fault, on, left: times, skip };
			entries.push(entry);
			return () => {
				entries = entries.filter((other) => other !== entry);
			};
		},
		take(kind, path) {
			for (const entry of entries) {
				if (entry.left <= 0 || !fits(entry.on, kind, path)) continue;
				if (entry.skip > 0) entry.skip--;
				else {
					entry.left--;
					return entry.fault;
				}
			}
			return undefined;
		},
		clear() {
			entries = [];
		},
	};
}

const portalPage =
	"<!doctype html><html><head><title>Welcome</title></head><body><h1>Accept the terms to go online</h1></body></html>";

function redirectTarget(to: string, url: string): string {
	if (to !== "same" && to !== "foreign") return to;
	const target = new URL(url, "http://localhost");
	target.searchParams.set("redirected", "1");
	if (to === "foreign") target.port = target.port === "9" ? "10" : "9";
	return target.href;
}

/** The faults that answer without acting. `undefined`: this one does something else. */
export function replyInstead(
	fault: Fault,
	request: ApiRequest,
	refusal: () => ApiReply,
	failure: (status: number) => ApiReply,
): ApiReply | undefined {
	switch (fault.type) {
		case "unauthorized":
			return refusal();
		case "status": {
			const reply = failure(fault.status);
			return {
				...reply,
				body: fault.body ?? reply.body,
				headers: { ...reply.headers, ...inLowerCase(fault.headers ?? {}) },
			};
		}
		case "rate-limit":
			return json(
				429,
				{ message: "too many requests" },
				{ "retry-after": String(fault.retryAfter) },
			);
		case "portal":
			return {
				status: 200,
				headers: { "content-type": "text/html; charset=utf-8" },
				body: portalPage,
			};
		case "redirect":
			return {
				status: fault.status ?? 307,
				headers: { location: redirectTarget(fault.to, request.url) },
				body: "",
			};
		default:
			return undefined;
	}
}

/** What the faults that let the server act make of its answer. */
export function spoil(fault: Fault, reply: ApiReply): ApiReply {
	switch (fault.type) {
		case "half-body":
			return { ...reply, isCutShort: true };
		case "malformed":
			return {
				status: 200,
				headers: { "content-type": fault.contentType ?? "application/json" },
				body: fault.body ?? reply.body.slice(0, reply.body.length >> 1),
			};
		default:
			return reply;
	}
}
