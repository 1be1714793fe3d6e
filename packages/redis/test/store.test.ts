import type { SessionRecord } from "@keyturn/core";
import { storeConformance } from "@keyturn/testing";
import { startRedis } from "@keyturn/tooling/redis-server";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import {
	type RedisClient,
	type RedisSubscriber,
	redisAuth,
	redisStore,
} from "../src/index.ts";
import {
	type Connection,
	codeOf,
	connect,
	createPlace,
	kinds,
	newKey,
	patient,
	recordOf,
	tombstone,
} from "./real-redis.ts";

const server = await startRedis();
afterAll(() => server?.stop());

describe.skipIf(!server).each(kinds)("the store, on %s", (kind) => {
	const { start, close } = createPlace(server?.url, kind);
	afterEach(close);

	test("writes what was expected, refuses what was not, and reads back the same", async () => {
		const { store } = await start();
		expect(await store.read()).toBe(null);
		const first = recordOf(7, 1, { user: { name: "Ünïcode ✓" } });
		expect(await store.swap(null, first)).toBe(true);
		expect(await store.swap(null, recordOf(7, 2))).toBe(false);
		expect(await store.swap({ epoch: 7, generation: 2 }, recordOf(7, 3))).toBe(
			false,
		);
		expect(await store.read()).toMatchObject(first);
		const second = recordOf(7, 2);
		expect(await store.swap(first, second)).toBe(true);
		expect(await store.swap(first, recordOf(7, 2))).toBe(false);
		expect(await store.read()).toMatchObject(second);
		expect(await store.swap(second, tombstone(8, 0))).toBe(true);
		expect(await store.read()).toMatchObject({ epoch: 8, access: null });
	});

	test("S5 of 20 writers that expect the same, one writes", async () => {
		const { store, client, key } = await start();
		await store.swap(null, recordOf(1, 1));
		const results = await Promise.all(
			Array.from({ length: 20 }, (_, writer) =>
				redisStore({ ...patient, client, key }).swap(
					{ epoch: 1, generation: 1 },
					recordOf(1, 2, { access: `writer-${writer}` }),
				),
			),
		);
		expect(results.filter(Boolean)).toHaveLength(1);
		expect((await store.read())?.access).toBe(
			`writer-${results.indexOf(true)}`,
		);
	});

	test("B67 the age comes from Redis' clock, whatever the wall clocks of writer and reader say", async () => {
		const { store, command, record } = await start();
		const receivedAtMs = Date.now() - 5_000;
		await store.swap(null, recordOf(1, 1, { receivedAtMs }));
		const at = Number(await command("HGET", record, "at"));
		await command("HSET", record, "at", `${at - 1_000_000}`);
		const found = await store.read();
		expect(found?.ageMs).toBeGreaterThanOrEqual(1_005_000);
		expect(found?.ageMs).toBeLessThan(1_060_000);
		expect(found?.receivedAtMs).toBe(receivedAtMs);
	});

	test("a writer whose clock was set back does not make a record younger than new", async () => {
		const { store } = await start();
		await store.swap(
			null,
			recordOf(1, 1, { receivedAtMs: Date.now() + 3_600_000 }),
		);
		expect((await store.read())?.ageMs).toBeLessThan(60_000);
	});

	test("the time to live follows the session", async () => {
		const { store, command, record } = await start({ ttlMs: 100_000 });
		const expectTtl = async (next: () => SessionRecord, fullMs: number) => {
			await command("DEL", record);
			const startMs = performance.now();
			expect(await store.swap(null, next())).toBe(true);
			const leftMs = Number(await command("PTTL", record));
			// some of it may have passed already; the clocks of this process and of Redis are rounded
			const goneMs = performance.now() - startMs + 100;
			expect(leftMs).toBeLessThanOrEqual(fullMs);
			expect(leftMs).toBeGreaterThanOrEqual(fullMs - goneMs);
		};
		await expectTtl(() => recordOf(1, 1), 100_000);
		// a service account of five years
		const years = 5 * 365 * 86_400_000;
		await expectTtl(() => recordOf(1, 1, { lifetimeMs: years }), years);
		// nothing to renew it with
		await expectTtl(
			() => recordOf(1, 1, { refresh: null, lifetimeMs: 50_000 }),
			50_000,
		);
		await expectTtl(() => tombstone(2, 0), 86_400_000);
	});

	test("B68 a record of a newer version is neither read nor overwritten", async () => {
		const { store, command, record } = await start();
		await store.swap(null, recordOf(1, 1));
		await command("HSET", record, "schema", "2", "data", "of another shape");
		const before = await command("HGETALL", record);
		const refusal = "port-failed: the record is of a newer version";
		expect(await codeOf(store.read())).toBe(refusal);
		for (const expected of [null, { epoch: 1, generation: 1 }])
			expect(await codeOf(store.swap(expected, recordOf(1, 2)))).toBe(refusal);
		expect(await command("HGETALL", record)).toEqual(before);
	});

	test("B72 what is no record of ours is reported, without a word of it, and left alone", async () => {
		const { store, command, record } = await start();
		await store.swap(null, recordOf(1, 1));
		for (const data of [
			"",
			"{",
			"[]",
			"null",
			'"sUpErSeCrEt"',
			JSON.stringify(recordOf(1, 9)),
		]) {
			await command("HSET", record, "data", data);
			expect(await codeOf(store.read())).toBe(
				"port-failed: the record cannot be read",
			);
			expect(await command("HGET", record, "data")).toBe(data);
		}
		await command("DEL", record);
		await command("SET", record, "of another application");
		expect(await codeOf(store.read())).toBe("port-failed: redis: WRONGTYPE");
		expect(await command("GET", record)).toBe("of another application");
	});

	test("B65 survives a Redis that has forgotten its scripts", async () => {
		const { store, command } = await start();
		await store.swap(null, recordOf(1, 1));
		await command("SCRIPT", "FLUSH");
		expect(await store.read()).toMatchObject({ generation: 1 });
		await command("SCRIPT", "FLUSH");
		expect(await store.swap(recordOf(1, 1), recordOf(1, 2))).toBe(true);
	});

	test("B65 a read-only Redis is read, and is unavailable for writing", async () => {
		const { store, command } = await start();
		await store.swap(null, recordOf(1, 1));
		// a replica of nobody: it keeps what it has, and takes no writes
		await command("REPLICAOF", "127.0.0.1", "1");
		try {
			expect(await store.read()).toMatchObject({ generation: 1 });
			expect(await codeOf(store.swap(recordOf(1, 1), recordOf(1, 2)))).toBe(
				"unavailable: redis: READONLY",
			);
		} finally {
			await command("REPLICAOF", "NO", "ONE");
		}
	});

	test.each([
		[
			"unavailable: redis: READONLY",
			"@user_script: 9: -READONLY You can't write against a read only replica.",
		],
		[
			"unavailable: redis: OOM",
			"@user_script: 9: -OOM command not allowed when used memory > 'maxmemory'.",
		],
		["port-failed: redis: ERR", "user_script:9: attempt to index a nil value"],
		["port-failed: redis: ERR", "@user_script: 9: -SECRET"],
	])("B65 %s, also in the words of a Redis 6", async (code, words) => {
		const { key } = await start();
		const old = redisStore({
			key,
			client: async () => {
				throw new Error(
					`ERR Error running script (call to f_1028a5dba704e1d8a01fd96efeba25bb78f62df2): @user_script:9: ${words}`,
				);
			},
		});
		expect(await codeOf(old.swap(null, recordOf(1, 1)))).toBe(code);
	});

	test("B65 a Redis that has too many clients already is unavailable to the next", async () => {
		const { key } = await start();
		const store = redisStore({
			key,
			client: async () => {
				throw new Error("ERR max number of clients reached");
			},
		});
		expect(await codeOf(store.read())).toBe("unavailable: redis: ERR");
	});

	test("B65 no operation waits longer for Redis than it may", async () => {
		const { store, client, key, command } = await start();
		await store.swap(null, recordOf(1, 1));
		const hasty = redisStore({ client, key, commandTimeoutMs: 50 });
		const pid = server?.pid as number;
		process.kill(pid, "SIGSTOP");
		try {
			// it comes while Redis still says nothing
			expect(await codeOf(hasty.read())).toBe("unavailable: redis: no answer");
		} finally {
			process.kill(pid, "SIGCONT");
		}
		await command("PING");
	});

	test("tells the others by message, and not itself", async () => {
		const { connection, client, key } = await start();
		const subscriber = await connection.subscriber();
		const one = redisStore({ ...patient, client, key, subscriber });
		const two = redisStore({ ...patient, client, key, subscriber });
		const hints = { one: 0, two: 0 };
		const stops = [
			one.subscribe?.(() => hints.one++),
			two.subscribe?.(() => hints.two++),
		];
		// once each when listening has begun: what was written until then was not heard
		await expect.poll(() => hints).toEqual({ one: 1, two: 1 });
		await one.swap(null, recordOf(1, 1));
		await expect.poll(() => hints).toEqual({ one: 1, two: 2 });
		for (const stop of stops) stop?.();
		await one.swap(recordOf(1, 1), recordOf(1, 2));
		await connection.command("PING");
		expect(hints).toEqual({ one: 1, two: 2 });
	});

	test("twenty sessions can share one subscriber", async () => {
		const { connection, client } = await start();
		const subscriber = await connection.subscriber();
		const warnings: string[] = [];
		const warn = ({ name }: Error) => warnings.push(name);
		process.on("warning", warn);
		const keys = Array.from({ length: 10 }, newKey);
		const heard: string[] = [];
		// two of each key
		const stops = [...keys, ...keys].map((key) =>
			redisStore({ ...patient, client, key, subscriber }).subscribe?.(() =>
				heard.push(key),
			),
		);
		await expect.poll(() => heard.length).toBe(20);
		const [first = ""] = keys;
		stops[0]?.();
		await redisStore({ ...patient, client, key: first }).swap(
			null,
			recordOf(1, 1),
		);
		await expect.poll(() => heard.slice(20)).toEqual([first]);
		for (const stop of stops) stop?.();
		process.off("warning", warn);
		expect(warnings).toEqual([]);
	});

	const shared: { connection?: Connection; subscriber?: RedisSubscriber } = {};
	beforeAll(async () => {
		shared.connection = await connect(server?.url ?? "", kind);
		shared.subscriber = await shared.connection.subscriber();
	});
	afterAll(() => shared.connection?.[Symbol.asyncDispose]());
	const make = () => {
		const { connection, subscriber } = shared;
		const client = connection?.client as RedisClient;
		const key = newKey();
		return {
			store: redisStore({ ...patient, client, key }),
			peer: redisStore({ ...patient, client, key, subscriber }),
		};
	};
	for (const check of storeConformance(make, { hintWaitMs: 60_000 }))
		test(`as every store, ${check.name}`, check.run);
});

test.each([
	["key", { key: "" }],
	["key", { key: "a b" }],
	["key", { key: "a{b}" }],
	["key", { key: "x".repeat(201) }],
	["prefix", { prefix: "{}" }],
	["leaseMs", { leaseMs: 0 }],
	["leaseMs", { leaseMs: Number.NaN }],
	["commandTimeoutMs", { commandTimeoutMs: 1e9 }],
	["ttlMs", { ttlMs: -1 }],
	["onUnavailable", { onUnavailable: "retry" as never }],
	["onLost", { onLost: "x" as never }],
	["client", { client: {} as never }],
])("refuses a wrong %s at once", (name, change) => {
	expect(() =>
		redisAuth({ client: async () => null, key: "k", ...change }),
	).toThrow(`invalid-option: ${name}`);
});
