import { AuthError } from "@keyturn/core";

/** `redis` (node-redis) from version 5 on: a client, or a client pool. */
export interface NodeRedisClient {
	sendCommand(args: string[]): Promise<unknown>;
}

/** `ioredis`: a client. */
export interface IoRedisClient {
	call(command: string, args: string[]): Promise<unknown>;
}

/**
 * Anything that can send one command. A function serves the rest: a cluster
 * (`(args) => cluster.sendCommand(key, false, args)`), a proxy, a client that is made when first needed.
 */
export type RedisClient =
	| NodeRedisClient
	| IoRedisClient
	| ((args: string[]) => Promise<unknown>);

/** Sends one command, bounded in time. Rejects with `AuthError` only. */
export type Send = (args: string[]) => Promise<unknown>;

/** Answers that say that this server cannot serve now, and another or later can. */
const passing = new Set([
	"BUSY",
	"CLUSTERDOWN",
	"LOADING",
	"MASTERDOWN",
	"MISCONF",
	"NOREPLICAS",
	"OOM",
	"READONLY",
	"TRYAGAIN",
	"UNBLOCKED",
]);

/**
 * Only the first word of an answer is kept, and never the error itself: Redis quotes arguments in some messages, and
 * `ioredis` hangs the whole command on its errors. Both would carry tokens into a log (B107).
 */
export function redisError(cause: unknown): AuthError {
	const message = cause instanceof Error ? cause.message : "";
	// before 7.0 what a command in a script answers comes in the words of the script: "ERR Error running script ... -OOM ..."
	const [, first, inner = ""] =
		/^-?([A-Z][A-Z0-9]{2,})\b(?: Error running script .*: -([A-Z]+)\b)?/.exec(
			message,
		) ?? [];
	const word = passing.has(inner) ? inner : first;
	// a lost connection has a system code (ECONNREFUSED), or words of the client's own
	const system = (cause as { code?: unknown } | null)?.code;
	const code =
		word ??
		(typeof system === "string" && /^[A-Z_]{3,20}$/.test(system)
			? system
			: "no connection");
	const isPassing =
		word === undefined ||
		passing.has(word) ||
		// `maxclients`: the one passing refusal without a word of its own
		/^-?ERR max number of clients/.test(message);
	return new AuthError(isPassing ? "unavailable" : "port-failed", {
		detail: `redis: ${code}`,
	});
}

function commandOf(client: RedisClient): Send {
	if (typeof client === "function") return client;
	// asked for first: ioredis has a sendCommand too, of another kind
	if ("call" in client && typeof client.call === "function")
		return ([command = "", ...args]) => client.call(command, args);
	if ("sendCommand" in client && typeof client.sendCommand === "function")
		return (args) => client.sendCommand(args);
	throw new AuthError("invalid-option", { detail: "client" });
}

/**
 * @param timeoutMs how long an answer may take. Clients queue commands while they are not connected, some for ever; a
 * command that runs after its time is harmless, because every script here compares before it writes.
 */
export function createSend(client: RedisClient, timeoutMs: number): Send {
	const command = commandOf(client);
	return (args) =>
		new Promise((resolve, reject) => {
			const timer = setTimeout(
				() =>
					reject(new AuthError("unavailable", { detail: "redis: no answer" })),
				timeoutMs,
			);
			// a client may throw at once, when it is closed
			Promise.resolve()
				.then(() => command(args))
				.then(resolve, (cause: unknown) => reject(cause))
				.finally(() => clearTimeout(timer));
		});
}
