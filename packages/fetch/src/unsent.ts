import { member } from "./held-request.ts";

/**
 * Failures that happen before a connection exists, so that the server cannot have acted: name resolution, refused or
 * unroutable addresses, connect timeouts, certificates. Codes of Node.js and Bun, messages of Deno.
 */
const unsentPattern =
	/\bE(CONNREFUSED|NOTFOUND|AI_|(HOST|NET)UNREACH|ADDRNOT)|_CONNECT_TIMEOUT|CERT|ERR_TLS|ConnectionRefused|FailedToOpenSocket|\(Connect\)/;

/**
 * Can the request behind this error not have left? `false` also when nobody can tell.
 *
 * @param depth how many causes are looked at; that of an AggregateError has the code of its last attempt
 */
export const isUnsent = (error: unknown, depth = 4): boolean => {
	const failure = Object(error) as Error & { code?: unknown };
	return (
		unsentPattern.test(`${member(failure, "code")} ${failure.message}`) ||
		(depth > 0 && isUnsent(member(failure, "cause"), depth - 1))
	);
};
