/** A server that acts for very many users: what they take in Redis, and what a request of a user costs. */
import assert from "node:assert/strict";
import { createAuth } from "@keyturn/core";
import { webPlatform } from "@keyturn/fetch";
import { createSeededRandom } from "@keyturn/testing";
import { startRedis } from "@keyturn/tooling/redis-server";
import { createUserSessions, redisAuth, redisStore } from "../src/index.ts";
import { protocolOf } from "../test/fleet-protocol.ts";
import { connect } from "../test/real-redis.ts";
import { inMs, printTable, quantile } from "./table.ts";

const count = Number(process.argv[2] ?? 100_000);
const limit = 1_000;
const server = await startRedis();
if (!server) process.exit(0);
const connection = await connect(server.url);
// nobody listens there: nothing is sent
const baseUrl = "http://127.0.0.1:9";
const protocol = protocolOf(baseUrl);
const { client } = connection;
const token = "x".repeat(800);

async function memoryBytes(): Promise<number> {
	const info = String(await connection.command("INFO", "memory"));
	return Number(/used_memory:(\d+)/.exec(info)?.[1]);
}

try {
	const emptyBytes = await memoryBytes();
	const startMs = performance.now();
	for (let index = 0; index < count; index += 500)
		await Promise.all(
			Array.from({ length: Math.min(500, count - index) }, (_, offset) =>
				redisStore({ client, key: `user:${index + offset}` }).swap(null, {
					schema: 1,
					protocol: protocol.name,
					epoch: 1,
					generation: 1,
					// a JWT's usual length, and a name to recognise it by
					access: `${token}.${index + offset}`,
					refresh: `refresh.${index + offset}`,
					receivedAtMs: Date.now(),
					signedInAtMs: Date.now(),
					lifetimeMs: 3_600_000,
					isPasswordExpired: false,
					user: { id: index + offset },
				}),
			),
		);
	const filledMs = performance.now() - startMs;
	const bytes = (await memoryBytes()) - emptyBytes;

	let opened = 0;
	const sessions = createUserSessions({
		limit,
		open(user) {
			opened++;
			return createAuth({
				protocol,
				platform: webPlatform(),
				...redisAuth({ client, key: `user:${user}` }),
			});
		},
	});
	const next = createSeededRandom(1);
	const request = (user: number) =>
		sessions.use(`${user}`, async (auth) => {
			const grant = await auth.authorize(`${baseUrl}/api/me`);
			assert.ok(grant?.headers[0]?.[1].endsWith(`x.${user}`));
		});
	const time = async (what: string, times: number, userOf: () => number) => {
		const before = opened;
		const tookMs: number[] = [];
		const startMs = performance.now();
		let left = times;
		await Promise.all(
			Array.from({ length: 50 }, async () => {
				while (left-- > 0) {
					const startMs = performance.now();
					await request(userOf());
					tookMs.push(performance.now() - startMs);
				}
			}),
		);
		return {
			"50 requests at a time": what,
			requests: times,
			"read from Redis": opened - before,
			"p50, ms": inMs(quantile(tookMs, 0.5)),
			"p99, ms": inMs(quantile(tookMs, 0.99)),
			"requests a second": Math.round(
				times / ((performance.now() - startMs) / 1_000),
			),
		};
	};
	global.gc?.();
	const heapBefore = process.memoryUsage().heapUsed;
	const rows = [
		await time("any of all users", 20_000, () => Math.floor(next() * count)),
		await time("any of 500 users", 100_000, () => Math.floor(next() * 500)),
	];
	global.gc?.();
	const heapBytes = process.memoryUsage().heapUsed - heapBefore;
	assert.equal(sessions.size, limit);
	printTable([
		{
			"sessions in Redis": count,
			"bytes each": Math.round(bytes / count),
			"written a second": Math.round(count / (filledMs / 1_000)),
			"kept in the process": sessions.size,
			"bytes each there": global.gc
				? Math.round(heapBytes / sessions.size)
				: "(needs --expose-gc)",
		},
	]);
	printTable(rows);
	sessions.close();
} finally {
	await connection[Symbol.asyncDispose]();
	await server.stop();
}
