import { randomUUID } from "node:crypto";
import {
	type AbortSignalLike,
	isAuthError,
	type SessionRecord,
} from "@keyturn/core";
import { Redis as IoRedis } from "ioredis";
import { createClient } from "redis";
import {
	type RedisAuth,
	type RedisAuthOptions,
	type RedisClient,
	type RedisSubscriber,
	redisAuth,
	redisStore,
} from "../src/index.ts";

/** A connection of either kind, and what tests ask of Redis beside the package. */
export interface Connection extends AsyncDisposable {
	readonly client: RedisClient & object;
	/** Another connection, used as subscriber. */
	subscriber(): Promise<RedisSubscriber>;
	command(...args: string[]): Promise<unknown>;
}

export const kinds = ["redis", "ioredis"] as const;

export async function connect(
	url: string,
	kind: (typeof kinds)[number] = "redis",
): Promise<Connection> {
	const closers: (() => unknown)[] = [];
	const nothing = () => {};
	const close = async () => {
		for (const closer of closers) await closer();
	};
	if (kind === "ioredis") {
		const open = async () => {
			const client = new IoRedis(url, { lazyConnect: true });
			client.on("error", nothing);
			await client.connect();
			closers.push(() => client.disconnect());
			return client;
		};
		const client = await open();
		return {
			client,
			subscriber: open,
			command: (command = "", ...args) => client.call(command, args),
			[Symbol.asyncDispose]: close,
		};
	}
	const open = async () => {
		const client = createClient({
			url,
			socket: { reconnectStrategy: 50 },
		});
		client.on("error", nothing);
		await client.connect();
		closers.push(() => client.destroy());
		return client;
	};
	const client = await open();
	return {
		client,
		subscriber: open,
		command: (...args) => client.sendCommand(args),
		[Symbol.asyncDispose]: close,
	};
}

export const newKey = (): string => `test:${randomUUID()}`;

/**
 * For sessions of a test that is not about this time: a machine that does other things too may keep Redis, or who asks
 * it, waiting for longer than the 2 s of the default.
 */
export const patient = { commandTimeoutMs: 60_000 } as const;

export const never: AbortSignalLike = new AbortController().signal;

/** As `exclusive` is asked with it. */
export const patience = { signal: never, waitMs: 60_000 } as const;

/** Opens from outside. */
export function gate() {
	let open = (): void => {};
	const promise = new Promise<void>((resolve) => {
		open = resolve;
	});
	return { promise, open: () => open() };
}

export const recordOf = (
	epoch: number,
	generation: number,
	change: Partial<SessionRecord> = {},
): SessionRecord => ({
	schema: 1,
	protocol: "test",
	epoch,
	generation,
	access: `access-${epoch}-${generation}`,
	refresh: `refresh-${epoch}-${generation}`,
	receivedAtMs: Date.now(),
	signedInAtMs: Date.now(),
	lifetimeMs: 60_000,
	isPasswordExpired: false,
	user: null,
	...change,
});

export const tombstone = (epoch: number, generation: number): SessionRecord =>
	recordOf(epoch, generation, { access: null, refresh: null });

export const wait = (delayMs: number): Promise<void> =>
	new Promise((resolve) => setTimeout(resolve, delayMs));

/** What a promise comes to: its value, `code: detail` of an AuthError, or another error itself. */
export const codeOf = async (result: unknown): Promise<unknown> => {
	try {
		return await result;
	} catch (error) {
		return isAuthError(error) ? `${error.code}: ${error.detail}` : error;
	}
};

/** Of one test; what it opens is closed by {@link Place.close}. */
export interface Place {
	start(options?: Partial<RedisAuthOptions>): Promise<{
		readonly connection: Connection;
		readonly client: RedisClient;
		readonly command: Connection["command"];
		readonly key: string;
		/** The names in Redis. */
		readonly record: string;
		readonly lease: string;
		readonly store: ReturnType<typeof redisStore>;
		/** Another process's, of the same session. */
		of(options?: Partial<RedisAuthOptions>): RedisAuth;
	}>;
	close(): Promise<void>;
}

export function createPlace(
	url: string | undefined,
	kind: (typeof kinds)[number],
): Place {
	let open: Connection[] = [];
	return {
		async start(options = {}) {
			const connection = await connect(url ?? "", kind);
			open.push(connection);
			const key = newKey();
			const { client, command } = connection;
			return {
				connection,
				client,
				command,
				key,
				record: `keyturn:{${key}}`,
				lease: `keyturn:{${key}}:lease`,
				store: redisStore({ client, key, ...patient, ...options }),
				of: (own = {}) => redisAuth({ ...patient, client, key, ...own }),
			};
		},
		async close() {
			for (const one of open) await one[Symbol.asyncDispose]();
			open = [];
		},
	};
}
