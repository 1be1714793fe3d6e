/** What somebody may have put on `Object.prototype`: a value for each name that a request could be read from. */
import type { FetchLike } from "@keyturn/fetch";

/** Gets what only a thief can get. */
export const stolen: unknown[] = [];

const members: Readonly<Record<string, unknown>> = {
	// of an init
	method: "DELETE",
	headers: { "x-polluted": "1" },
	body: "polluted",
	signal: AbortSignal.abort(new Error("polluted")),
	redirect: "error",
	duplex: "half",
	referrer: "https://evil.example/",
	referrerPolicy: "unsafe-url",
	mode: "no-cors",
	credentials: "include",
	cache: "force-cache",
	integrity: "sha256-polluted",
	keepalive: true,
	priority: "low",
	dispatcher: {},
	window: {},
	// of options
	auth: "anonymous",
	replay: false,
	fetch: (...args: unknown[]) => stolen.push(args),
	maxResponseBytes: 1,
	sendTimeoutMs: 0,
	// of bodies, inputs, states, errors and globals, where they are asked for
	append: "polluted",
	slice: "polluted",
	size: 1,
	type: "text/polluted",
	clone: "polluted",
	session: { tokens: {} },
	code: "ECONNREFUSED",
	cause: { code: "ECONNREFUSED" },
	document: { baseURI: "https://evil.example/" },
	location: { href: "https://evil.example/" },
};

/** `Object.prototype` has all of that until the answer is there, except what is left out. */
export async function polluted<T>(
	work: () => Promise<T>,
	leftOut: readonly string[] = [],
): Promise<T> {
	const names = Object.keys(members).filter((name) => !leftOut.includes(name));
	for (const name of names)
		Object.defineProperty(Object.prototype, name, {
			value: members[name],
			configurable: true,
			enumerable: true,
			writable: true,
		});
	try {
		return await work();
	} finally {
		for (const name of names) Reflect.deleteProperty(Object.prototype, name);
	}
}

/** A request as `fetch` would understand it at this moment, by every member that it reads. */
export interface Understood {
	readonly input: string;
	readonly method: unknown;
	readonly headers: readonly (readonly string[])[];
	readonly body: unknown;
	readonly others: Readonly<Record<string, unknown>>;
}

const others = Object.keys(members).filter(
	(name) => !["method", "headers", "body", "fetch", "type"].includes(name),
);

const bytesOf = (body: unknown): unknown =>
	body instanceof ArrayBuffer || ArrayBuffer.isView(body)
		? [...new Uint8Array(body instanceof ArrayBuffer ? body : body.buffer)]
		: body instanceof FormData || body instanceof URLSearchParams
			? [...body]
			: body instanceof Blob
				? [body.size, body.type]
				: body;

/** A transport that notes what it understands, and answers in turn. */
export function witness(answers: readonly (() => Response)[]) {
	const seen: Understood[] = [];
	const fetch: FetchLike = async (input, init = Object.create(null)) => {
		const read = init as Record<string, unknown>;
		const request = typeof input === "object" && "url" in input ? input : null;
		seen.push({
			input: request ? request.url : `${input}`,
			method: read.method ?? request?.method,
			headers: [...new Headers(init?.headers ?? request?.headers)],
			body: bytesOf(read.body),
			others: {
				...Object.fromEntries(others.map((name) => [name, read[name]])),
				signal: init?.signal?.aborted,
			},
		});
		return (answers[seen.length - 1] ?? (() => new Response("ok")))();
	};
	return { seen, fetch };
}
