import type { FetchLike } from "./web-platform.ts";

export type HeaderPair = [name: string, value: string];

/**
 * A member of an object that is not one of every object: what somebody has put on `Object.prototype` is nobody's wish
 * (D9).
 */
export const member = <T extends object, K extends keyof T>(
	object: T,
	name: K,
): T[K] | undefined => {
	const value = object[name];
	return value === (Object.prototype as T)[name] ? undefined : value;
};

/** Of any implementation: classes are never compared (B120). */
export const asRequest = (
	input: Parameters<FetchLike>[0],
): Request | undefined =>
	input && member(input as Request, "clone") ? (input as Request) : undefined;

/** What inherits from it inherits nothing, and is no slower than other objects: those without prototype are. */
const bare = /* @__PURE__ */ Object.create(null);

/**
 * A copy of an init, of options, or of a `Request`, as it is now. Inherited members count: `fetch(url, request)` is legal,
 * and a spread would turn its POST into a GET. Those of every object do not (D9), neither here nor in what reads the copy.
 */
export function heldMembers<T extends object>(
	...sources: (T | undefined)[]
): { -readonly [K in keyof T]?: T[K] } {
	const held = Object.create(bare);
	for (const source of sources)
		for (
			let from = source;
			from && from !== Object.prototype;
			from = Object.getPrototypeOf(from)
		)
			// `undefined` is what is left out, `null` is not: `signal: null` means none
			for (const name of Object.getOwnPropertyNames(from))
				if (held[name] === undefined)
					held[name] = (source as Record<string, unknown>)[name];
	return held;
}

/** Header pairs as the caller gave them. */
export const headerPairs = (
	headers: HeadersInit | null | undefined,
): HeaderPair[] =>
	headers && Symbol.iterator in headers
		? [...(headers as Iterable<HeaderPair>)]
		: Object.entries(headers ?? {});

/**
 * A copy of a body as it is now, which is when `fetch` itself would read it. `undefined` for what can be sent only once
 * (streams, iterables) and for what is unknown.
 */
export function heldBody(body: BodyInit): BodyInit | undefined {
	if (typeof body === "string") return body;
	// not `slice` of the view itself: that of a Node.js Buffer copies nothing
	if (ArrayBuffer.isView(body))
		return new Uint8Array(
			body.buffer as ArrayBuffer,
			body.byteOffset,
			body.byteLength,
		).slice();
	// forms of other makers (form-data, React Native) can be added to, but neither changed nor read
	if (member(body as FormData, "set")) {
		const form = body as FormData;
		const copy = new (form.constructor as new () => FormData)();
		form.forEach((value, name) => {
			copy.append(name, value);
		});
		return copy;
	}
	const blob = body as Blob;
	return member(blob, "slice")?.call(blob, 0, undefined, member(blob, "type"));
}
