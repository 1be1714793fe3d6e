import { startRedis } from "@keyturn/tooling/redis-server";
import {
	afterAll,
	afterEach,
	describe,
	expect,
	onTestFinished,
	test,
	vi,
} from "vitest";
import { type RedisClient, redisAuth } from "../src/index.ts";
import {
	codeOf,
	createPlace,
	gate,
	kinds,
	patience,
	patient,
	recordOf,
	wait,
} from "./real-redis.ts";

const server = await startRedis();
afterAll(() => server?.stop());

describe.skipIf(!server).each(kinds)("hand-off, on %s", (kind) => {
	const { start: begin, close } = createPlace(server?.url, kind);
	afterEach(close);

	test("B61 who waits takes over what the winner has stored, without a lease and without its work", async () => {
		const { of, command, key } = await begin();
		await of().store.swap(null, recordOf(1, 1));
		const winner = of();
		const stored = gate();
		const winning = winner.coordinator.exclusive(
			"x",
			async () => {
				await winner.store.read();
				await stored.promise;
				await winner.store.swap(recordOf(1, 1), recordOf(1, 2));
			},
			patience,
		);
		const losers = await Promise.all(
			Array.from({ length: 5 }, async () => {
				const loser = of();
				const seen: unknown[] = [];
				// as a session does: it looks when it is told to
				loser.store.subscribe?.(async () => {
					seen.push((await loser.store.read())?.generation);
				});
				await loser.store.read();
				let hasBegun = false;
				const outcome = codeOf(
					loser.coordinator.exclusive(
						"x",
						async () => {
							hasBegun = true;
						},
						patience,
					),
				).then((code) => ({ code, seen, hasBegun }));
				return { outcome };
			}),
		);
		await wait(40);
		stored.open();
		await winning;
		for (const { outcome } of losers)
			expect(await outcome).toEqual({
				code: "superseded: another process has renewed it",
				seen: [2],
				hasBegun: false,
			});
		expect(await command("HGET", `keyturn:{${key}}`, "fence")).toBe("1");
	});

	test("a message wakes those who wait at once", async () => {
		const { connection, of, command, key, lease } = await begin();
		const subscriber = await connection.subscriber();
		const holder = gate();
		const held = of().coordinator.exclusive(
			"x",
			() => holder.promise,
			patience,
		);
		await expect.poll(() => command("EXISTS", lease)).toBe(1);
		// the pauses between two looks are so long that nothing but the message ends the wait
		const later = setTimeout;
		vi.spyOn(globalThis, "setTimeout").mockImplementation(((
			callback: () => void,
			delayMs = 0,
		) => later(callback, delayMs * 10_000)) as typeof setTimeout);
		onTestFinished(() => void vi.restoreAllMocks());
		let looks = 0;
		const waiting = redisAuth({
			...patient,
			client: (args) => {
				looks++;
				return connection.command(...args);
			},
			key,
			subscriber,
		}).coordinator.exclusive("x", async () => "in", patience);
		await expect.poll(() => looks).toBeGreaterThan(0);
		// asked on the same connection: the look has had its answer by then
		await expect
			.poll(() => command("PUBSUB", "NUMSUB", `keyturn:{${key}}:changed`))
			.toContain(1);
		holder.open();
		expect(await waiting).toBe("in");
		await held;
	});

	test("a lease that was lost with the record keeps its time: nobody renews before it can be over", async () => {
		const { of, command, key } = await begin();
		const other = of({ leaseMs: 60_000 });
		other.store.subscribe?.(() => {
			void other.store.read();
		});
		await other.store.swap(null, recordOf(1, 1));
		const holder = of({ leaseMs: 60_000 });
		const begun = gate();
		const answer = gate();
		const held = holder.coordinator.exclusive(
			"x",
			async () => {
				await holder.store.read();
				begun.open();
				await answer.promise;
				return holder.store.swap(recordOf(1, 1), recordOf(1, 2));
			},
			patience,
		);
		await begun.promise;
		await command("DEL", `keyturn:{${key}}`, `keyturn:{${key}}:lease`);
		let hasBegun = false;
		const waiting = codeOf(
			other.coordinator.exclusive(
				"x",
				async () => {
					hasBegun = true;
				},
				patience,
			),
		);
		await wait(100);
		answer.open();
		expect(await held).toBe(true);
		expect(await waiting).toBe("superseded: another process has renewed it");
		expect(hasBegun).toBe(false);
	});

	test("B65 without Redis it refuses by default, and works alone where that is allowed", async () => {
		const { key } = await begin();
		const client: RedisClient = async () => {
			throw Object.assign(new Error("connect ECONNREFUSED"), {
				code: "ECONNREFUSED",
			});
		};
		expect(
			await codeOf(
				redisAuth({ ...patient, client, key }).coordinator.exclusive(
					"x",
					async () => "work",
					patience,
				),
			),
		).toBe("unavailable: redis: ECONNREFUSED");
		expect(
			await redisAuth({
				client,
				key,
				onUnavailable: "local",
			}).coordinator.exclusive("x", async () => "work", patience),
		).toBe("work");
	});
});
