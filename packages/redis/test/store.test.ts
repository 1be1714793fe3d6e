import { readFileSync } from "node:fs";
import { isAuthError, type SessionRecord } from "@keyturn/core";
import { storeConformance } from "@keyturn/testing";
import { startRedis } from "@keyturn/tooling/redis-server";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import {
	type RedisAuthOptions,
	type RedisClient,
	type RedisSubscriber,
	redisAuth,
	redisStore,
} from "../src/index.ts";
import { listen } from "../src/subscriber.ts";
import {
	type Connection,
	connect,
	kinds,
	never,
	newKey,
	recordOf,
	tombstone,
} from "./real-redis.ts";

const server = await startRedis();
afterAll(() => server?.stop());

const codeOf = async (promise: Promise<unknown>): Promise<unknown> => {
	try {
		return await promise;
	} catch (error) {
		return isAuthError(error) ? `${error.code}: ${error.detail}` : error;
	}
};

const keyOf = (): CryptoKey | Promise<CryptoKey> =>
	crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, [
		"encrypt",
		"decrypt",
	]);

describe.skipIf(!server).each(kinds)("the store, on %s", (kind) => {
	let open: Connection[] = [];
	afterEach(async () => {
		for (const one of open) await one[Symbol.asyncDispose]();
		open = [];
	});
	const start = async (options: Partial<RedisAuthOptions> = {}) => {
		const connection = await connect(server?.url ?? "", kind);
		open.push(connection);
		const key = newKey();
		const { client, command } = connection;
		return {
			connection,
			client,
			command,
			key,
			record: `keyturn:{${key}}`,
			store: redisStore({ client, key, ...options }),
		};
	};

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
				redisStore({ client, key }).swap(
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
		expect(found?.ageMs).toBeLessThan(1_007_000);
		expect(found?.receivedAtMs).toBe(receivedAtMs);
	});

	test("a writer whose clock was set back does not make a record younger than new", async () => {
		const { store } = await start();
		await store.swap(
			null,
			recordOf(1, 1, { receivedAtMs: Date.now() + 3_600_000 }),
		);
		expect((await store.read())?.ageMs).toBeLessThan(1_000);
	});

	test("the time to live follows the session", async () => {
		const { store, command, record } = await start({ ttlMs: 100_000 });
		const ttl = async (next: SessionRecord) => {
			await command("DEL", record);
			expect(await store.swap(null, next)).toBe(true);
			return Number(await command("PTTL", record)) / 1000;
		};
		expect(await ttl(recordOf(1, 1))).toBeCloseTo(100, 0);
		// a service account of five years
		expect(
			await ttl(recordOf(1, 1, { lifetimeMs: 5 * 365 * 86_400_000 })),
		).toBeCloseTo(5 * 365 * 86_400, 0);
		// nothing to renew it with
		expect(
			await ttl(recordOf(1, 1, { refresh: null, lifetimeMs: 50_000 })),
		).toBeCloseTo(50, 0);
		expect(await ttl(tombstone(2, 0))).toBeCloseTo(86_400, 0);
	});

	test("B68 a record of a newer version is neither read nor overwritten", async () => {
		const { store, command, record } = await start();
		await store.swap(null, recordOf(1, 1));
		await command("HSET", record, "schema", "2", "data", "of another shape");
		const before = await command("HGETALL", record);
		const refusal = "port-failed: the record is of a newer version";
		expect(await codeOf(store.read() as Promise<unknown>)).toBe(refusal);
		for (const expected of [null, { epoch: 1, generation: 1 }])
			expect(
				await codeOf(store.swap(expected, recordOf(1, 2)) as Promise<unknown>),
			).toBe(refusal);
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
			expect(await codeOf(store.read() as Promise<unknown>)).toBe(
				"port-failed: the record cannot be read",
			);
			expect(await command("HGET", record, "data")).toBe(data);
		}
		await command("DEL", record);
		await command("SET", record, "of another application");
		expect(await codeOf(store.read() as Promise<unknown>)).toBe(
			"port-failed: redis: WRONGTYPE",
		);
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
			expect(
				await codeOf(
					store.swap(recordOf(1, 1), recordOf(1, 2)) as Promise<unknown>,
				),
			).toBe("unavailable: redis: READONLY");
		} finally {
			await command("REPLICAOF", "NO", "ONE");
		}
	});

	test("B65 no operation waits longer for Redis than it may", async () => {
		const { store, command } = await start({ commandTimeoutMs: 50 });
		await store.swap(null, recordOf(1, 1));
		await command("CLIENT", "PAUSE", "400", "ALL");
		const startMs = performance.now();
		expect(await codeOf(store.read() as Promise<unknown>)).toBe(
			"unavailable: redis: no answer",
		);
		expect(performance.now() - startMs).toBeLessThan(300);
		await command("CLIENT", "UNPAUSE");
	});

	test("B107 errors carry nothing of a command, neither in the message nor as cause", async () => {
		const canary = recordOf(1, 1, { access: "cAnArY-access-token" });
		const leaky: RedisClient = async (args) => {
			throw Object.assign(
				new Error(
					`ERR unknown command '${args[0]}', with args beginning with: ${args.join(" ")}`,
				),
				{ command: { name: args[0], args } },
			);
		};
		const { key } = await start();
		const store = redisStore({ client: leaky, key });
		const error = await (store.swap(null, canary) as Promise<unknown>).catch(
			(error: unknown) => error,
		);
		const { inspect } = await import("node:util");
		expect(inspect(error, { depth: null, showHidden: true })).not.toContain(
			"cAnArY",
		);
		expect(error).toMatchObject({
			code: "port-failed",
			message: "port-failed: redis: ERR",
		});
	});

	test("with keys, neither the record nor a message holds anything of a token, and another process reads it", async () => {
		const encryption = { key: await keyOf() };
		const { store, command, connection, client, key } = await start({
			encryption,
		});
		const subscriber = await connection.subscriber();
		const other = redisStore({ client, key, encryption });
		const messages: (string | null)[] = [];
		const stop = listen(subscriber, `keyturn:{${key}}:changed`, (message) =>
			messages.push(message),
		);
		let last = recordOf(1, 1, { access: "cAnArY", refresh: "cAnArY" });
		await store.swap(null, last);
		// subscribing is not awaited by anybody: the first message may be missed
		while (!messages.length) {
			const { generation } = last;
			const next = { ...last, generation: generation + 1 };
			await store.swap(last, next);
			last = next;
		}
		const names = (await command("KEYS", `*${key}*`)) as string[];
		const dumps = await Promise.all(names.map((name) => command("DUMP", name)));
		expect([...names, ...dumps, ...messages].join()).not.toContain("cAnArY");
		expect(await other.read()).toMatchObject(last);
		stop?.();
	});

	test("a record is bound to its place: another key's, another stamp's or an open one is refused", async () => {
		const key = await keyOf();
		const encryption = { key };
		const { store, command, record, client } = await start({ encryption });
		const otherName = newKey();
		const other = redisStore({ client, key: otherName, encryption });
		await store.swap(null, recordOf(1, 1));
		await other.swap(null, recordOf(1, 1));
		const sealed = String(await command("HGET", record, "data"));
		const refusal = "port-failed: the record cannot be decrypted";
		await command("HSET", `keyturn:{${otherName}}`, "data", sealed);
		expect(await codeOf(other.read() as Promise<unknown>)).toBe(refusal);
		await command("HSET", record, "generation", "2");
		expect(await codeOf(store.read() as Promise<unknown>)).toBe(refusal);
		await command("HSET", record, "data", JSON.stringify(recordOf(1, 2)));
		expect(await codeOf(store.read() as Promise<unknown>)).toBe(refusal);
	});

	test("keys can be changed without losing a session", async () => {
		const older = await keyOf();
		const newer = await keyOf();
		const { store, client, key } = await start({ encryption: { key: older } });
		await store.swap(null, recordOf(1, 1));
		const changed = redisStore({
			client,
			key,
			encryption: { key: newer, olderKeys: [older] },
		});
		expect(await changed.read()).toMatchObject({ generation: 1 });
		await changed.swap(recordOf(1, 1), recordOf(1, 2));
		expect(await codeOf(store.read() as Promise<unknown>)).toBe(
			"port-failed: the record cannot be decrypted",
		);
		expect(await changed.read()).toMatchObject({ generation: 2 });
	});

	test("an evicted record comes back from memory, in doubt, and a sign-out does not", async () => {
		const { store, command, record, client, key } = await start();
		await store.swap(null, recordOf(3, 5));
		await command("DEL", record);
		expect(await store.read()).toMatchObject({ epoch: 3, generation: 5 });
		expect(await command("HGET", record, "doubt")).toBe("1");
		const other = redisStore({ client, key });
		expect(await other.read()).toMatchObject({ epoch: 3, generation: 5 });
		await other.swap(recordOf(3, 5), tombstone(4, 0));
		expect(await store.read()).toMatchObject({ epoch: 4, access: null });
		await command("DEL", record);
		expect(await store.read()).toBe(null);
	});

	test("a new pair replaces a record that was lost while it was on its way", async () => {
		const { store, command, record } = await start();
		await store.swap(null, recordOf(3, 5));
		await command("DEL", record);
		expect(await store.swap(recordOf(3, 5), recordOf(3, 6))).toBe(true);
		expect(await store.read()).toMatchObject({ generation: 6 });
	});

	test("with onLost: 'end' a lost record is the end", async () => {
		const { store, command, record } = await start({ onLost: "end" });
		await store.swap(null, recordOf(3, 5));
		await command("DEL", record);
		expect(await store.swap(recordOf(3, 5), recordOf(3, 6))).toBe(false);
		expect(await store.read()).toBe(null);
	});

	test("tells the others by message, and not itself", async () => {
		const { connection, client, key } = await start();
		const subscriber = await connection.subscriber();
		const one = redisStore({ client, key, subscriber });
		const two = redisStore({ client, key, subscriber });
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

	test("D12 a user of Redis that may do only what the README lists can do all of it", async () => {
		const { command, key } = await start();
		const readme = readFileSync(
			new URL("../README.md", import.meta.url),
			"utf8",
		);
		const rules = /`(~keyturn:[^`]*)`/.exec(readme)?.[1]?.split(" ") ?? [];
		expect(rules.length).toBeGreaterThan(5);
		await command(
			"ACL",
			"SETUSER",
			"app",
			"reset",
			"on",
			">pass",
			...rules,
			"+info",
		);
		const url = (server?.url ?? "").replace("//", "//app:pass@");
		await using connection = await connect(url, kind);
		const { client } = connection;
		const subscriber = await connection.subscriber();
		const fleet = redisAuth({ client, key, subscriber });
		const patience = { signal: never, waitMs: 500 };
		let hints = 0;
		const stop = fleet.store.subscribe?.(() => hints++);
		await expect.poll(() => hints).toBe(1);
		const run = () =>
			fleet.coordinator.exclusive(
				"x",
				async () => {
					const record = await fleet.store.read();
					const { generation } = record ?? { generation: 0 };
					return fleet.store.swap(record, recordOf(1, generation + 1));
				},
				patience,
			);
		expect(await run()).toBe(true);
		expect(await run()).toBe(true);
		await command("DEL", `keyturn:{${key}}`);
		expect(await fleet.store.read()).toMatchObject({ generation: 2 });
		await redisStore({ client: (await start()).client, key }).swap(
			recordOf(1, 2),
			recordOf(1, 3),
		);
		await expect.poll(() => hints).toBe(2);
		stop?.();
		await expect(connection.command("GET", "other")).rejects.toThrow("NOPERM");
		await expect(connection.command("KEYS", "*")).rejects.toThrow("NOPERM");
	});

	const shared: { connection?: Connection; subscriber?: RedisSubscriber } = {};
	beforeAll(async () => {
		shared.connection = await connect(server?.url ?? "", kind);
		shared.subscriber = await shared.connection.subscriber();
	});
	afterAll(() => shared.connection?.[Symbol.asyncDispose]());
	for (const check of storeConformance(() => {
		const { connection, subscriber } = shared;
		const client = connection?.client as RedisClient;
		const key = newKey();
		return {
			store: redisStore({ client, key }),
			peer: redisStore({ client, key, subscriber }),
		};
	}))
		test(`as every store, ${check.name}`, check.run);

	test("B63 the mark of a lease that ended without a word is doubt for the next, and only under a lease", async () => {
		const { client, key, store } = await start({ leaseMs: 150 });
		await store.swap(null, recordOf(1, 1));
		const dead = redisAuth({ client, key, leaseMs: 150 });
		await new Promise<void>((hasRead) => {
			void dead.coordinator.exclusive(
				"x",
				async () => {
					await dead.store.read();
					hasRead();
					// and is never heard of again
					return new Promise(() => {});
				},
				{ signal: never, waitMs: 1_000 },
			);
		});
		const next = redisAuth({ client, key });
		const found = await next.coordinator.exclusive(
			"x",
			async () => next.store.read(),
			{ signal: never, waitMs: 2_000 },
		);
		expect(found).toMatchObject({ generation: 1, isInDoubt: true });
		expect(await next.store.read()).toMatchObject({ isInDoubt: false });
		// doubt stays until there is a new pair
		await next.coordinator.exclusive(
			"x",
			async () => {
				expect(await next.store.read()).toMatchObject({ isInDoubt: true });
				await next.store.swap(recordOf(1, 1), recordOf(1, 2));
				expect(await next.store.read()).toMatchObject({ isInDoubt: false });
			},
			{ signal: never, waitMs: 2_000 },
		);
	});
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
