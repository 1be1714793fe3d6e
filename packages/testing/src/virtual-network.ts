/** A network between a session and a mock API that delivers at once, or step by step, by hand. */
import { AuthError, type HttpRequest, type HttpResponse } from "@keyturn/core";
import { type ApiReply, type ApiRequest, inLowerCase } from "./api-message.ts";
import type { VirtualClock } from "./virtual-clock.ts";
import {
	isOver,
	type OpenExchange,
	openExchange,
	type PlainReply,
	type VirtualExchange,
} from "./virtual-exchange.ts";

/** Who answers: an authority, or a function on plain data. */
export type Server =
	| { act(request: ApiRequest, basePath?: string): Promise<ApiReply> }
	| ((request: ApiRequest) => PlainReply | Promise<PlainReply>);

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
	/** `null`: everything. */
	readonly baseUrl: string | null;
	readonly basePath: string;
}

export function createVirtualNetwork(
	clock: Pick<VirtualClock, "schedule" | "flush">,
): VirtualNetwork {
	let pending: VirtualExchange[] = [];
	const sent: ApiRequest[] = [];
	const servers: Connected[] = [];
	let isHeld = false;
	let count = 0;

	/** By origin and path, not by the first letters: `https://oz.test` is not `https://oz.test.evil`. */
	const serverOf = (url: string) =>
		servers.findLast(
			({ baseUrl }) =>
				baseUrl === null ||
				(url.startsWith(baseUrl) &&
					/^(?:$|[/?#])/.test(url.slice(baseUrl.length))),
		);

	const ask = async (
		{ server, basePath }: Connected,
		request: ApiRequest,
	): Promise<ApiReply> => {
		if (typeof server !== "function") return server.act(request, basePath);
		const { status = 200, headers = {}, body = "" } = await server(request);
		return { status, headers: inLowerCase(headers), body };
	};

	const onTheirWay = () => pending.filter((exchange) => !isOver(exchange));

	const pause = (): Promise<void> | undefined =>
		network.latencyMs > 0
			? new Promise((resolve) => clock.schedule(network.latencyMs, resolve))
			: undefined;

	function open(request: ApiRequest): OpenExchange {
		const opened = openExchange(++count, request, () => {
			const connected = serverOf(request.url);
			return connected && ask(connected, request);
		});
		pending = [...onTheirWay(), opened.exchange];
		sent.push(request);
		return opened;
	}

	const network: VirtualNetwork = {
		isOnline: true,
		latencyMs: 0,
		get pending() {
			return onTheirWay();
		},
		get sent() {
			return [...sent];
		},
		connect(server, baseUrl = "") {
			if (!baseUrl)
				return void servers.push({ server, baseUrl: null, basePath: "" });
			const { origin, pathname } = new URL(baseUrl);
			const basePath = pathname.replace(/\/+$/, "");
			servers.push({ server, baseUrl: origin + basePath, basePath });
		},
		hold() {
			isHeld = true;
		},
		async release() {
			isHeld = false;
			// a server that hangs holds up nobody else
			for (const { deliver } of onTheirWay()) void deliver().then(deliver);
			await clock.flush();
		},
		async exchange(request) {
			if (!network.isOnline)
				throw new AuthError("unavailable", { detail: "offline" });
			const { exchange, result } = open(request);
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
				headers: inLowerCase(Object.fromEntries(headers)),
				body: body ?? "",
			});
			// a transport follows none, and what it does not follow is no answer (B29)
			if (status > 299 && status < 400) throw new AuthError("bad-response");
			return { status, headers: answered, body: text };
		},
	};
	return network;
}
