import {
	type ApiReply,
	type ApiRequest,
	ConnectionLost,
	inLowerCase,
} from "./api-message.ts";

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

/** Nothing of it is on its way any more. */
export const isOver = ({ phase }: VirtualExchange): boolean =>
	phase === "settled" || phase === "lost";

export interface OpenExchange {
	readonly exchange: VirtualExchange;
	/** What the sender gets. */
	readonly result: Promise<ApiReply>;
}

/** @param ask lets the server act; `undefined` while there is none */
export function openExchange(
	id: number,
	request: ApiRequest,
	ask: () => Promise<ApiReply> | undefined,
): OpenExchange {
	let phase: VirtualExchange["phase"] = "sent";
	let outcome: { reply: ApiReply } | { error: unknown } | undefined;
	let settle = () => {};
	const result = new Promise<ApiReply>((resolve, reject) => {
		settle = () => {
			if (!outcome) return;
			if ("error" in outcome) reject(outcome.error);
			else if (outcome.reply.isCutShort) reject(new ConnectionLost());
			else resolve(outcome.reply);
		};
	});
	// dropped while its sender still waits out the latency: he looks later
	result.catch(() => {});
	const close = (last: "settled" | "lost") => {
		phase = last;
		if (last === "settled") settle();
	};
	const exchange: VirtualExchange = {
		id,
		request,
		get phase() {
			return phase;
		},
		async deliver() {
			if (phase === "answered") return close("settled");
			const acting = phase === "sent" ? ask() : undefined;
			if (!acting) return;
			phase = "acting";
			const given = await acting.then(
				(reply) => ({ reply }),
				(error: unknown) => ({ error }),
			);
			// dropped, or answered by hand, meanwhile
			if (phase !== "acting") return;
			phase = "answered";
			outcome = given;
		},
		drop({ isSilent = false } = {}) {
			if (isOver(exchange)) return;
			outcome = { error: new ConnectionLost() };
			close(isSilent ? "lost" : "settled");
		},
		answer({ status = 200, headers = {}, body = "" }) {
			if (isOver(exchange)) return;
			outcome = { reply: { status, headers: inLowerCase(headers), body } };
			close("settled");
		},
	};
	return { exchange, result };
}
