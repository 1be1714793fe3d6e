/**
 * Requests and answers of the mock APIs as plain data. The authorities work on these and need nothing but a language
 * engine, so a virtual network can step through them; `Request` and `Response` are made of them at the edge only.
 */

export interface ApiRequest {
	readonly method: string;
	/** Absolute, or a path. */
	readonly url: string;
	/** Names in lower case. */
	readonly headers: Readonly<Record<string, string>>;
	readonly body: string;
}

export interface ApiReply {
	readonly status: number;
	/** Names in lower case. */
	readonly headers: Readonly<Record<string, string>>;
	readonly body: string;
	/** The body in pieces, with this pause before each; `body` holds the whole all the same. */
	readonly pieces?: {
		readonly list: readonly string[];
		readonly pauseMs: number;
	};
	/** The connection breaks after the first half of the body. */
	readonly isCutShort?: boolean;
}

/** Names as {@link ApiRequest} and {@link ApiReply} have them, whatever a test has written. */
export const inLowerCase = (
	headers: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> =>
	Object.fromEntries(
		Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
	);

/** How a mock API breaks the connection: nothing of an answer arrives. */
export class ConnectionLost extends Error {
	override readonly name: string = "ConnectionLost";
	constructor() {
		super("the mock API broke the connection");
	}
}

/** Waits; rejects with the signal's reason when that comes first. */
export type Delay = (delayMs: number, signal?: AbortSignal) => Promise<void>;

export const realDelay: Delay = (delayMs, signal) =>
	new Promise((resolve, reject) => {
		const stop = () => {
			clearTimeout(timer);
			reject(signal?.reason);
		};
		const timer = setTimeout(() => {
			signal?.removeEventListener("abort", stop);
			resolve();
		}, delayMs);
		if (signal?.aborted) stop();
		else signal?.addEventListener("abort", stop, { once: true });
	});

export function json(
	status: number,
	value: unknown,
	headers: Readonly<Record<string, string>> = {},
): ApiReply {
	return {
		status,
		headers: { "content-type": "application/json", ...headers },
		body: JSON.stringify(value),
	};
}

export const empty = (
	status: number,
	headers: Readonly<Record<string, string>> = {},
): ApiReply => ({ status, headers, body: "" });

/** @returns `undefined` when the body is not a JSON object */
export function readObject(
	body: string,
): Readonly<Record<string, unknown>> | undefined {
	try {
		const value: unknown = JSON.parse(body);
		return typeof value === "object" && value !== null && !Array.isArray(value)
			? (value as Record<string, unknown>)
			: undefined;
	} catch {
		return undefined;
	}
}

export async function fromRequest(request: Request): Promise<ApiRequest> {
	return {
		method: request.method,
		url: request.url,
		headers: Object.fromEntries(request.headers),
		body: await request.text(),
	};
}

/** The statuses that a `Response` must build without a body. */
const bodiless = [204, 205, 304];

export function toResponse(reply: ApiReply, delay: Delay): Response {
	const { status, headers, body, pieces, isCutShort } = reply;
	if (!pieces && !isCutShort)
		return new Response(bodiless.includes(status) ? null : body, {
			status,
			headers,
		});
	const { list, pauseMs } = pieces ?? { list: [body], pauseMs: 0 };
	const encoder = new TextEncoder();
	const bytes = encoder.encode(body);
	const parts = isCutShort
		? [bytes.slice(0, bytes.length >> 1)]
		: list.map((piece) => encoder.encode(piece));
	let next = 0;
	const stream = new ReadableStream<Uint8Array>({
		async pull(controller) {
			if (pauseMs) await delay(pauseMs);
			const part = parts[next++];
			if (part) controller.enqueue(part);
			else if (isCutShort) controller.error(new ConnectionLost());
			else controller.close();
		},
	});
	return new Response(stream, {
		status,
		// the full length: the receiver can tell that half is missing
		headers: isCutShort
			? { ...headers, "content-length": String(bytes.length) }
			: headers,
	});
}
