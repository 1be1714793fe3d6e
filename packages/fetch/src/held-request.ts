import type { FetchLike } from "./web-platform.ts";

export type HeaderPair = [name: string, value: string];

/** The members of `RequestInit` that a `Request` of any implementation can be asked for. */
const memberNames =
	"method mode credentials cache redirect referrer referrerPolicy integrity keepalive priority signal duplex body".split(
		" ",
	) as (keyof RequestInit)[];

/** Of any implementation: classes are never compared (B120). */
export const asRequest = (
	input: Parameters<FetchLike>[0],
): Request | undefined =>
	typeof input === "object" && "clone" in input ? input : undefined;

/**
 * A copy of an init, or of a `Request`, as it is now. Members may be inherited: `fetch(url, request)` is legal, and
 * copying own properties only would turn its POST into a GET.
 */
export function heldMembers(source: object | null | undefined): RequestInit {
	const held: Record<string, unknown> = { ...source };
	if (source && Object.getPrototypeOf(source) !== Object.prototype)
		for (const name of memberNames) {
			const value = (source as RequestInit)[name];
			if (value !== undefined) held[name] = value;
		}
	return held;
}

/** Header pairs as the caller gave them; `undefined`: none. */
export function headerPairs(
	headers: HeadersInit | null | undefined,
): HeaderPair[] | undefined {
	return headers == null
		? undefined
		: Symbol.iterator in headers
			? [...(headers as Iterable<HeaderPair>)]
			: Object.entries(headers);
}

/**
 * A copy of a body as it is now, which is when `fetch` itself would read it. `undefined` for what can be sent only once
 * (streams, iterables) and for what is unknown.
 */
export function heldBody(body: BodyInit): BodyInit | undefined {
	// not `slice` of the view itself: that of a Node.js Buffer copies nothing
	if (ArrayBuffer.isView(body))
		return new Uint8Array(
			body.buffer as ArrayBuffer,
			body.byteOffset,
			body.byteLength,
		).slice();
	if (typeof (body as FormData).append === "function") {
		const form = body as FormData;
		const copy = new (form.constructor as new () => FormData)();
		for (const [name, value] of form) copy.append(name, value as string);
		return copy;
	}
	const blob = body as Blob;
	return blob.slice?.(0, blob.size, blob.type);
}
