import type { FetchLike } from "./web-platform.ts";

export type HeaderPair = [name: string, value: string];

/** Of any implementation: classes are never compared (B120). */
export const asRequest = (
	input: Parameters<FetchLike>[0],
): Request | undefined =>
	typeof input === "object" && "clone" in input ? input : undefined;

/**
 * A copy of an init, or of a `Request`, as it is now. Inherited members count: `fetch(url, request)` is legal, and a
 * spread would turn its POST into a GET.
 */
export function heldMembers(source: object | undefined): RequestInit {
	const held: Record<string, unknown> = {};
	for (const name in source)
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
	const { size, type } = body as Blob;
	if ("append" in Object(body)) {
		const form = body as FormData;
		const copy = new (form.constructor as new () => FormData)();
		form.forEach((value, name) => {
			copy.append(name, value);
		});
		return copy;
	}
	// not `slice` of the view itself: that of a Node.js Buffer copies nothing
	return ArrayBuffer.isView(body)
		? new Uint8Array(
				body.buffer as ArrayBuffer,
				body.byteOffset,
				body.byteLength,
			).slice()
		: (body as Blob).slice?.(0, size, type);
}
