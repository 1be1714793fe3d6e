import type { SessionRecord } from "@keyturn/core";
import { createOAuth2Authority, type OAuth2Authority } from "@keyturn/testing";
import { startMockApi } from "@keyturn/testing/node";
import { type RedisServer, startRedis } from "@keyturn/tooling/redis-server";
import { expect } from "vitest";
import { redisStore } from "../src/index.ts";
import {
	endFleets,
	type Fleet,
	startFleet,
	type Worker,
	type WorkerKind,
} from "./fleet.ts";
import { protocolOf } from "./fleet-protocol.ts";
import type { SessionOptions } from "./fleet-worker.ts";
import { connect, newKey } from "./real-redis.ts";

export interface StartOptions extends Partial<SessionOptions> {
	/** How long ago the session in Redis was renewed, ms; its access token lives for an hour. Default 0. */
	readonly ageMs?: number;
	readonly kind?: WorkerKind;
}

/** A Redis, an API whose refresh tokens work once, and fleets that use both. */
export interface Scene {
	/** `undefined`: no redis-server is installed. */
	readonly url: string | undefined;
	readonly api: string;
	readonly authority: OAuth2Authority;
	/** A session as it would be stored, had it been renewed then. */
	recordAt(receivedAtMs: number): SessionRecord;
	/** A fleet, and a session that was in Redis before it started. */
	start(
		size: number,
		options?: StartOptions,
	): Promise<Fleet & { key: string; workers: [Worker, Worker] }>;
	/** What lies in Redis. */
	stored(key: string): Promise<SessionRecord | null>;
	/** Waits until the authority has counted so many. */
	hasCounted(counts: Partial<OAuth2Authority["counters"]>): Promise<void>;
	/** Everything in it is gone, as with a cache that is not persisted. */
	restartRedis(whileDown?: () => Promise<void>): Promise<void>;
	close(): Promise<void>;
}

/** Short enough to be outlived in a test; a token request is given up before the lease ends. */
export const shortLease = {
	redisOptions: { leaseMs: 1_000 },
	refresh: { timeoutMs: 900 },
} as const;

export const one = { type: "fetch", count: 1 } as const;

export const repeated = <T>(count: number, value: T): T[] =>
	Array.from({ length: count }, () => value);

export async function createScene(): Promise<Scene> {
	let server: RedisServer | undefined = await startRedis();
	const url = server?.url;
	const authority = createOAuth2Authority();
	const { url: api, close } = await startMockApi({ api: authority });
	const withStore = async <T>(
		key: string,
		use: (store: ReturnType<typeof redisStore>) => T,
	): Promise<Awaited<T>> => {
		await using connection = await connect(url ?? "");
		return await use(redisStore({ client: connection.client, key }));
	};
	const recordAt = (receivedAtMs: number): SessionRecord => ({
		...authority.issue("user"),
		schema: 1,
		protocol: protocolOf(api).name,
		epoch: 1,
		generation: 1,
		receivedAtMs,
		signedInAtMs: receivedAtMs,
		lifetimeMs: 3_600_000,
		isPasswordExpired: false,
		user: null,
	});
	return {
		url,
		api,
		authority,
		recordAt,
		async start(size, { ageMs = 0, kind, ...options } = {}) {
			const key = newKey();
			await withStore(key, (store) =>
				store.swap(null, recordAt(Date.now() - ageMs)),
			);
			const fleet = await startFleet(
				size,
				{ api, redis: url ?? null, key, ...options },
				kind,
			);
			return { ...fleet, key, workers: fleet.workers as [Worker, Worker] };
		},
		stored: (key) => withStore(key, (store) => store.read()),
		hasCounted: (counts) =>
			expect
				.poll(() => authority.counters, { interval: 5 })
				.toMatchObject(counts),
		async restartRedis(whileDown = async () => {}) {
			const port = server?.port;
			await server?.stop();
			await whileDown();
			server = await startRedis(port);
		},
		async close() {
			await endFleets();
			await close();
			await server?.stop();
		},
	};
}
