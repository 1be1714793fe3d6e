import { AuthError } from "./auth-error.ts";

/** @throws AuthError `invalid-option`, naming the option */
export function assertOption(isValid: unknown, name: string): asserts isValid {
	if (!isValid) throw new AuthError("invalid-option", { detail: name });
}

/**
 * An origin exactly as URL parsers write it, so that comparing text is comparing origins: lower case, no user, no
 * default port, no number that would be read as an address. Plain `http` only to this machine.
 */
const originPattern =
	/^(?:https:\/\/(?:(?:[a-z\d_-]+\.)*(?!0x)[\d-]*[a-z_][a-z\d_-]*\.?|(?:0|[1-9]\d*)(?:\.(?:0|[1-9]\d*)){3}|\[[a-f\d:.]+\])(?::(?!443(?!\d))[1-9]\d*)?|http:\/\/(?:localhost|127(?:\.(?:0|[1-9]\d*)){3}|\[::1\])(?::(?!80(?!\d))[1-9]\d*)?)(?![^/])/;

/**
 * A path, up to its query, that URL parsers or servers may read as another one: dot segments, also encoded, behind
 * encoded slashes or with parameters (`..;`), backslashes, and everything that parsers strip or encode.
 */
const wildPathPattern =
	/^[^?#]*?(?:[^!-~]|\\|(?:\/|%2f|%5c)(?:\.|%2e){1,2}(?=[/?#;]|%2f|%5c|$))/i;

/**
 * Core has no URL parser, so what it accepts is what it can prove from the text. Anything else has a spelling that it
 * accepts.
 *
 * @throws AuthError `invalid-option`, naming the option
 */
export function assertApiUrl(
	url: unknown,
	name: string,
): asserts url is string {
	assertOption(
		typeof url === "string" &&
			originPattern.test(url) &&
			!wildPathPattern.test(url) &&
			!url.includes("#"),
		name,
	);
}

/**
 * `Protocol.covers` for a canonical base URL without slash at its end. An origin followed by `/`, `?`, `#` or nothing is
 * that origin, whatever comes then (B106); under a path prefix the path must also be one that cannot climb out of it.
 */
export function createCovers(baseUrl: string): (url: string) => boolean {
	const hasPrefix = baseUrl.split("/").length > 3;
	// called for every request: no pattern and no copy where there is no prefix
	return (url) =>
		url.startsWith(baseUrl) &&
		"/?#".includes(url[baseUrl.length] ?? "") &&
		!(hasPrefix && wildPathPattern.test(url.slice(baseUrl.length)));
}
