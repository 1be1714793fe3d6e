import { AuthError } from "@keyturn/core";
import type { RedisClient } from "./redis-client.ts";
import type { RedisSubscriber } from "./subscriber.ts";

/** Keys that encrypt the record at rest: AES-GCM, 256 bits, usages `encrypt` and `decrypt`. */
export interface EncryptionKeys {
	/** What new records are written with. */
	readonly key: CryptoKey;
	/** What older records may have been written with, while keys are being changed. */
	readonly olderKeys?: readonly CryptoKey[];
}

/** All durations in milliseconds. */
export interface RedisAuthOptions {
	/** Yours: connected, with an error listener, and closed by you. */
	readonly client: RedisClient;
	/**
	 * Which session, of one API: every process with the same key shares it. 1 to 200 letters, digits and `_ . : @ / -`. It is
	 * readable in Redis, so neither a token nor a password.
	 */
	readonly key: string;
	/** A connection of its own for messages (`client.duplicate()`). Without it waiting processes only poll. */
	readonly subscriber?: RedisSubscriber | undefined;
	/** What the names in Redis begin with. Default `keyturn`. */
	readonly prefix?: string | undefined;
	/**
	 * How long a holder that says nothing keeps the others waiting: 1,000 to 300,000, and longer than `refresh.timeoutMs`
	 * plus `commandTimeoutMs`. Default 15,000.
	 */
	readonly leaseMs?: number | undefined;
	/** How long Redis may take over one command, 10 to 60,000. Default 2,000. */
	readonly commandTimeoutMs?: number | undefined;
	/**
	 * How long a session that nobody renews is kept: the life of the API's refresh token. A longer access token extends
	 * it; a session without refresh token goes when its access token ends. Default 90 days.
	 */
	readonly ttlMs?: number | undefined;
	/**
	 * What to do when Redis does not answer.
	 *
	 * - `refuse` (default): the session is used until its token runs out, and is not renewed; requests then reject with
	 *   `unavailable` until Redis is back
	 * - `local`: renew alone, from memory, and bring Redis up to date when it is back. Only for one process, or for an
	 *   API whose refresh tokens may be used twice: two processes that do this end each other's session
	 */
	readonly onUnavailable?: "refuse" | "local" | undefined;
	/**
	 * What to do when Redis answers and has lost the record (restart without persistence, eviction, failover). A sign-out
	 * leaves a mark for a day, so this is something else.
	 *
	 * - `restore` (default): a process that has seen the session within a day puts it back, in doubt and with the lease
	 *   taken, so that nobody renews before a holder that was at work can have finished
	 * - `end`: the session is over
	 */
	readonly onLost?: "restore" | "end" | undefined;
	/** Encrypts the record. Missing: it lies in Redis as JSON. */
	readonly encryption?: EncryptionKeys | undefined;
}

export interface Settings {
	readonly recordKey: string;
	readonly leaseKey: string;
	readonly channel: string;
	readonly leaseMs: number;
	readonly commandTimeoutMs: number;
	readonly ttlMs: number;
	readonly isLocalAllowed: boolean;
	readonly isRestoring: boolean;
	readonly encryption: EncryptionKeys | undefined;
}

const invalid = (name: string): never => {
	throw new AuthError("invalid-option", { detail: name });
};

/** @throws AuthError `invalid-option`, naming the option */
export function readRedisOptions(options: RedisAuthOptions): Settings {
	const {
		key,
		prefix = "keyturn",
		onUnavailable = "refuse",
		onLost = "restore",
		encryption,
	} = options;
	if (!/^[\w.:@/-]{1,200}$/.test(key)) invalid("key");
	if (!/^[\w.:@/-]{1,100}$/.test(prefix)) invalid("prefix");
	if (onUnavailable !== "refuse" && onUnavailable !== "local")
		invalid("onUnavailable");
	if (onLost !== "restore" && onLost !== "end") invalid("onLost");
	const duration = (
		name: "leaseMs" | "commandTimeoutMs" | "ttlMs",
		otherwise: number,
		least: number,
		most: number,
	): number => {
		const value = options[name] ?? otherwise;
		return value >= least && value <= most ? Math.round(value) : invalid(name);
	};
	// the braces keep both names on one node of a cluster
	const recordKey = `${prefix}:{${key}}`;
	return {
		recordKey,
		leaseKey: `${recordKey}:lease`,
		channel: `${recordKey}:changed`,
		leaseMs: duration("leaseMs", 15_000, 100, 300_000),
		commandTimeoutMs: duration("commandTimeoutMs", 2_000, 10, 60_000),
		ttlMs: duration("ttlMs", 90 * 86_400_000, 1_000, 10 * 365 * 86_400_000),
		isLocalAllowed: onUnavailable === "local",
		isRestoring: onLost === "restore",
		encryption,
	};
}
