import { startRedis } from "@keyturn/tooling/redis-server";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { redisAuth, redisStore } from "../src/index.ts";
import {
	createPlace,
	kinds,
	never,
	patient,
	recordOf,
	tombstone,
} from "./real-redis.ts";

const server = await startRedis();
afterAll(() => server?.stop());

describe.skipIf(!server).each(kinds)("what was lost, on %s", (kind) => {
	const { start, close } = createPlace(server?.url, kind);
	afterEach(close);

	test("an evicted record comes back from memory, in doubt, and a sign-out does not", async () => {
		const { store, command, record, client, key } = await start();
		await store.swap(null, recordOf(3, 5));
		await command("DEL", record);
		expect(await store.read()).toMatchObject({ epoch: 3, generation: 5 });
		expect(await command("HGET", record, "doubt")).toBe("1");
		const other = redisStore({ ...patient, client, key });
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

	test("B63 the mark of a lease that ended without a word is doubt for the next, and only under a lease", async () => {
		const { client, key, store, command, lease } = await start();
		await store.swap(null, recordOf(1, 1));
		const dead = redisAuth({ ...patient, client, key });
		await new Promise<void>((hasRead) => {
			void dead.coordinator.exclusive(
				"x",
				async () => {
					await dead.store.read();
					hasRead();
					// and is never heard of again
					return new Promise(() => {});
				},
				{ signal: never, waitMs: 60_000 },
			);
		});
		// its time is over
		await command("DEL", lease);
		const next = redisAuth({ ...patient, client, key });
		const found = await next.coordinator.exclusive(
			"x",
			async () => next.store.read(),
			{ signal: never, waitMs: 60_000 },
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
			{ signal: never, waitMs: 60_000 },
		);
	});
});
