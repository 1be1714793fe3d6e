import { readFileSync } from "node:fs";
import { inspect } from "node:util";
import { startRedis } from "@keyturn/tooling/redis-server";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { type RedisClient, redisAuth, redisStore } from "../src/index.ts";
import { listen } from "../src/subscriber.ts";
import {
	codeOf,
	connect,
	createPlace,
	kinds,
	never,
	newKey,
	patient,
	recordOf,
} from "./real-redis.ts";

const server = await startRedis();
afterAll(() => server?.stop());

const keyOf = (): CryptoKey | Promise<CryptoKey> =>
	crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, [
		"encrypt",
		"decrypt",
	]);

describe.skipIf(!server).each(kinds)("what others may see, on %s", (kind) => {
	const { start, close } = createPlace(server?.url, kind);
	afterEach(close);

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
		const error = await Promise.resolve(store.swap(null, canary)).catch(
			(error: unknown) => error,
		);
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
		const other = redisStore({ ...patient, client, key, encryption });
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
		const other = redisStore({
			...patient,
			client,
			key: otherName,
			encryption,
		});
		await store.swap(null, recordOf(1, 1));
		await other.swap(null, recordOf(1, 1));
		const sealed = String(await command("HGET", record, "data"));
		const refusal = "port-failed: the record cannot be decrypted";
		await command("HSET", `keyturn:{${otherName}}`, "data", sealed);
		expect(await codeOf(other.read())).toBe(refusal);
		await command("HSET", record, "generation", "2");
		expect(await codeOf(store.read())).toBe(refusal);
		await command("HSET", record, "data", JSON.stringify(recordOf(1, 2)));
		expect(await codeOf(store.read())).toBe(refusal);
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
		expect(await codeOf(store.read())).toBe(
			"port-failed: the record cannot be decrypted",
		);
		expect(await changed.read()).toMatchObject({ generation: 2 });
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
		const fleet = redisAuth({ ...patient, client, key, subscriber });
		const patience = { signal: never, waitMs: 60_000 };
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
});
