import { AuthError } from "@keyturn/core";
import { redisError, type Send } from "./redis-client.ts";

/** A Lua script, and the name Redis has for it once it has seen it. */
export interface Script {
	readonly lua: string;
	sha?: string;
}

const nameOf = async (lua: string): Promise<string> =>
	Array.from(
		new Uint8Array(
			await crypto.subtle.digest("SHA-1", new TextEncoder().encode(lua)),
		),
		(byte) => byte.toString(16).padStart(2, "0"),
	).join("");

const isUnknown = (error: unknown): boolean =>
	error instanceof Error && /^-?NOSCRIPT\b/.test(error.message);

/**
 * Runs a script by its name, and in full where Redis does not know it (any more): after a restart, a failover,
 * `SCRIPT FLUSH` (B65).
 * @throws AuthError `unavailable`, `port-failed`; without arguments and without the client's own error
 */
export async function runScript(
	send: Send,
	script: Script,
	keys: readonly string[],
	args: readonly (string | number)[],
): Promise<unknown> {
	script.sha ??= await nameOf(script.lua);
	const rest = [`${keys.length}`, ...keys, ...args.map(String)];
	try {
		try {
			return await send(["EVALSHA", script.sha, ...rest]);
		} catch (error) {
			if (!isUnknown(error)) throw error;
			return await send(["EVAL", script.lua, ...rest]);
		}
	} catch (error) {
		throw error instanceof AuthError ? error : redisError(error);
	}
}
