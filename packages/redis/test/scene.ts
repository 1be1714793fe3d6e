import type { SessionRecord } from "@keyturn/core";
import { createOAuth2Authority, type OAuth2Authority } from "@keyturn/testing";
import { startMockApi } from "@keyturn/testing/node";
import { heldAnswers } from "@keyturn/tooling/held-answers";
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
import { connect, newKey, patient } from "./real-redis.ts";

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
	/** Lets those answers go that are held now. */
	release(): void;
	/** As when its time is over: what is left of a lease in Redis is nothing. */
	endLease(key: string): Promise<void>;
	/** What lies where the lease is; `null`: nobody has it. */
	lease(key: string): Promise<unknown>;
	/** Waits until the authority has counted so many. */
	hasCounted(counts: Partial<OAuth2Authority["counters"]>): Promise<void>;
	/** Everything in it is gone, as with a cache that is not persisted. */
	restartRedis(whileDown?: () => Promise<void>): Promise<void>;
	close(): Promise<void>;
}

/**
 * Longer than a busy machine keeps anybody from work; a token request is given up before the lease ends. Where a lease
 * has to be over, {@link Scene.endLease} ends it.
 */
export const patientFleet = {
	redisOptions: { leaseMs: 200_000, ...patient },
	refresh: {
		timeoutMs: 100_000,
		deadlineMs: 110_000,
		lockWaitMs: 110_000,
	},
} as const;

export const one = { type: "fetch", count: 1 } as const;

export const repeated = <T>(count: number, value: T): T[] =>
	Array.from({ length: count }, () => value);

export async function createScene(): Promise<Scene> {
	let server: RedisServer | undefined = await startRedis();
	const url = server?.url;
	const { delay, release } = heldAnswers();
	const authority = createOAuth2Authority({ delay });
	const { url: api, close } = await startMockApi({ api: authority });
	const withStore = async <T>(
		key: string,
		use: (store: ReturnType<typeof redisStore>) => T,
	): Promise<Awaited<T>> => {
		await using connection = await connect(url ?? "");
		return await use(
			redisStore({ client: connection.client, key, ...patient }),
		);
	};
	const command = async (...args: string[]): Promise<unknown> => {
		await using connection = await connect(url ?? "");
		return await connection.command(...args);
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
				{ api, redis: url ?? null, key, ...patientFleet, ...options },
				kind,
			);
			return { ...fleet, key, workers: fleet.workers as [Worker, Worker] };
		},
		stored: (key) => withStore(key, (store) => store.read()),
		release,
		async endLease(key) {
			await command("DEL", `keyturn:{${key}}:lease`);
		},
		lease: (key) => command("GET", `keyturn:{${key}}:lease`),
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
