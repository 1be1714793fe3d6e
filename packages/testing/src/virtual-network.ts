/** A network between a session and a mock API that delivers at once, or step by step, by hand. */
import { AuthError, type HttpRequest, type HttpResponse } from "@keyturn/core";
import {
	type ApiReply,
	type ApiRequest,
	ConnectionLost,
} from "./api-message.ts";

/** Who answers: an authority, or a function on plain data. */
export type Server =
	| { act(request: ApiRequest, basePath?: string): Promise<ApiReply> }
	| ((request: ApiRequest) => PlainReply | Promise<PlainReply>);

/** An answer with what matters; missing: status 200, no headers, no body. */
export interface PlainReply {
	readonly status?: number;
	readonly headers?: Readonly<Record<string, string>>;
	readonly body?: string;
}

/** One request on its way, and then its answer. */
export interface VirtualExchange {
	readonly id: number;
	readonly request: ApiRequest;
	/**
	 * - `sent`: on its way to the server, which has not acted
	 * - `acting`: the server is at it
	 * - `answered`: the server has acted, the answer is on its way
	 * - `settled`: the sender has its answer or its error
	 * - `lost`: the sender will never hear
	 */
	readonly phase: "sent" | "acting" | "answered" | "settled" | "lost";
	/** One step on: `sent` to `answered` (or to an error), `answered` to `settled`. */
	deliver(): Promise<void>;
	/**
	 * Loses what is on its way: before the server acted, or after. The sender gets a connection error; with `isSilent` it
	 * hears nothing.
	 */
	drop(options?: { readonly isSilent?: boolean }): void;
	/** Answers in the server's place. */
	answer(reply: PlainReply): void;
}

export interface VirtualNetwork {
	/** `false`: nothing leaves, and senders know it (`unavailable`). */
	isOnline: boolean;
	/** Each way, ms. */
	latencyMs: number;
	/** What is on its way, oldest first. */
	readonly pending: readonly VirtualExchange[];
	/** Everything that was ever sent: counts and order. */
	readonly sent: readonly ApiRequest[];
	/**
	 * Who answers requests to URLs that begin with `baseUrl` (default: to all). The latest connected that fits.
	 * A request that fits nobody waits to be answered by hand.
	 */
	connect(server: Server, baseUrl?: string): void;
	/** From now on each request waits to be stepped by hand. */
	hold(): void;
	/** Back to delivering at once; what is on its way arrives. */
	release(): Promise<void>;
	/** Sends a request on plain data; rejects as a transport does. */
	exchange(request: ApiRequest): Promise<ApiReply>;
	/** The transport of a `Platform`. */
	send(request: HttpRequest): Promise<HttpResponse>;
}

interface Connected {
	readonly server: Server;
	readonly baseUrl: string;
	readonly basePath: string;
}

export function createVirtualNetwork(
	schedule: (delayMs: number, callback: () => void) => () => void,
): VirtualNetwork {
	const pending: VirtualExchange[] = [];
	const sent: ApiRequest[] = [];
	const servers: Connected[] = [];
	let isHeld = false;
	let count = 0;

	const serverOf = (url: string) =>
		servers.findLast(({ baseUrl }) => url.startsWith(baseUrl));

	const ask = async (
		{ server, basePath }: Connected,
		request: ApiRequest,
	): Promise<ApiReply> => {
		if (typeof server !== "function") return server.act(request, basePath);
		const { status = 200, headers = {}, body = "" } = await server(request);
		return { status, headers, body };
	};

	const pause = (): Promise<void> | undefined =>
		network.latencyMs > 0
			? new Promise((resolve) => schedule(network.latencyMs, resolve))
			: undefined;

	function open(request: ApiRequest): [VirtualExchange, Promise<ApiReply>] {
		let phase: VirtualExchange["phase"] = "sent";
		let outcome: { reply: ApiReply } | { error: unknown } | undefined;
		let settle: () => void = () => {};
		const result = new Promise<ApiReply>((resolve, reject) => {
			settle = () => {
				if (!outcome) return;
				if ("error" in outcome) reject(outcome.error);
				else if (outcome.reply.isCutShort) reject(new ConnectionLost());
				else resolve(outcome.reply);
			};
		});
		const close = (last: "settled" | "lost") => {
			phase = last;
			const index = pending.indexOf(exchange);
			if (index >= 0) pending.splice(index, 1);
			if (last === "settled") settle();
		};
		const exchange: VirtualExchange = {
			id: ++count,
			request,
			get phase() {
				return phase;
			},
			async deliver() {
				if (phase === "answered") return close("settled");
				if (phase !== "sent") return;
				const connected = serverOf(request.url);
				if (!connected) return;
				phase = "acting";
				let given: typeof outcome;
				try {
					given = { reply: await ask(connected, request) };
				} catch (error) {
					given = { error };
				}
				// dropped, or answered by hand, meanwhile
				if (phase !== "acting") return;
				phase = "answered";
				outcome = given;
			},
			drop({ isSilent = false } = {}) {
				if (phase === "settled" || phase === "lost") return;
				outcome = { error: new ConnectionLost() };
				close(isSilent ? "lost" : "settled");
			},
			answer({ status = 200, headers = {}, body = "" }) {
				if (phase === "settled" || phase === "lost") return;
				outcome = { reply: { status, headers, body } };
				close("settled");
			},
		};
		pending.push(exchange);
		sent.push(request);
		return [exchange, result];
	}

	const network: VirtualNetwork = {
		isOnline: true,
		latencyMs: 0,
		get pending() {
			return [...pending];
		},
		get sent() {
			return [...sent];
		},
		connect(server, baseUrl = "") {
			servers.push({
				server,
				baseUrl,
				basePath: baseUrl ? new URL(baseUrl).pathname.replace(/\/$/, "") : "",
			});
		},
		hold() {
			isHeld = true;
		},
		async release() {
			isHeld = false;
			for (const exchange of [...pending]) {
				await exchange.deliver();
				await exchange.deliver();
			}
		},
		async exchange(request) {
			if (!network.isOnline)
				throw new AuthError("unavailable", { detail: "offline" });
			const [exchange, result] = open(request);
			if (!isHeld) {
				await pause();
				await exchange.deliver();
				await pause();
				await exchange.deliver();
			}
			return result;
		},
		async send({ method, url, headers, body }) {
			const {
				status,
				headers: answered,
				body: text,
			} = await network.exchange({
				method,
				url,
				headers: Object.fromEntries(
					headers.map(([name, value]) => [name.toLowerCase(), value]),
				),
				body: body ?? "",
			});
			return { status, headers: answered, body: text };
		},
	};
	return network;
}
