/**
 * Failures that happen before a connection exists, so that the server cannot have acted: name resolution, refused or
 * unroutable addresses, connect timeouts, certificates. Codes of Node.js and Bun, messages of Deno.
 */
const unsentPattern =
	/ECONNREFUSED|ENOTFOUND|EAI_|EHOST|ENET|EADDR|_CONNECT_TIMEOUT|CERT|ERR_TLS|ConnectionRefused|FailedToOpenSocket|client error \(Connect\)/;

/** Can the request behind this error not have left? `false` also when nobody can tell. */
export function isUnsent(error: unknown): boolean {
	// a cause may be an AggregateError: its own code is that of its last attempt
	for (let depth = 0, at = error; at && depth < 4; depth++) {
		const { code, message, cause } = at as Error & { code?: unknown };
		if (unsentPattern.test(`${code} ${message}`)) return true;
		at = cause;
	}
	return false;
}
