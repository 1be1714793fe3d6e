import { isAuthError } from "@keyturn/core";
import { startRedis } from "@keyturn/tooling/redis-server";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import {
	type RedisAuthOptions,
	type RedisClient,
	redisAuth,
	redisCoordinator,
} from "../src/index.ts";
import {
	type Connection,
	connect,
	kinds,
	never,
	newKey,
	recordOf,
	wait,
} from "./real-redis.ts";

const server = await startRedis();
afterAll(() => server?.stop());

const patience = { signal: never, waitMs: 2_000 };

const codeOf = async (promise: Promise<unknown>): Promise<unknown> => {
	try {
		return await promise;
	} catch (error) {
		return isAuthError(error) ? `${error.code}: ${error.detail}` : error;
	}
};

/** Resolves from outside. */
function gate<T = void>() {
	let open: (value: T) => void = () => {};
	const promise = new Promise<T>((resolve) => {
		open = resolve;
	});
	return { promise, open };
}

describe.skipIf(!server).each(kinds)("the coordinator, on %s", (kind) => {
	let open: Connection[] = [];
	afterEach(async () => {
		for (const one of open) await one[Symbol.asyncDispose]();
		open = [];
	});
	const start = async () => {
		const connection = await connect(server?.url ?? "", kind);
		open.push(connection);
		const key = newKey();
		const { client, command } = connection;
		const of = (options: Partial<RedisAuthOptions> = {}) =>
			redisAuth({ client, key, ...options });
		return {
			connection,
			client,
			command,
			key,
			of,
			lease: `keyturn:{${key}}:lease`,
		};
	};

	test("lets one at a time in, and all of them in the end", async () => {
		const { client, key } = await start();
		let inside = 0;
		let most = 0;
		const results = await Promise.all(
			Array.from({ length: 8 }, (_, index) =>
				redisCoordinator({ client, key }).exclusive(
					"x",
					async () => {
						most = Math.max(most, ++inside);
						await wait(5);
						inside--;
						return index;
					},
					patience,
				),
			),
		);
		expect(results).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
		expect(most).toBe(1);
	});

	test("gives the lease back when the work fails, and passes the failure on", async () => {
		const { of, command, lease } = await start();
		await expect(
			of().coordinator.exclusive(
				"x",
				() => Promise.reject(new Error("work")),
				patience,
			),
		).rejects.toThrow("work");
		expect(await command("EXISTS", lease)).toBe(0);
	});

	test("fencing numbers rise", async () => {
		const { of, command, key } = await start();
		for (const fence of ["1", "2", "3"]) {
			await of().coordinator.exclusive("x", async () => {}, patience);
			expect(await command("HGET", `keyturn:{${key}}`, "fence")).toBe(fence);
		}
	});

	test("B51 patience that runs out is no theft: the work is not begun, the lease not touched", async () => {
		const { of, command, lease } = await start();
		const holder = gate();
		const held = of().coordinator.exclusive(
			"x",
			() => holder.promise,
			patience,
		);
		await expect.poll(() => command("EXISTS", lease)).toBe(1);
		const value = await command("GET", lease);
		let hasBegun = false;
		const startMs = performance.now();
		expect(
			await codeOf(
				of().coordinator.exclusive(
					"x",
					async () => {
						hasBegun = true;
					},
					{ signal: never, waitMs: 120 },
				),
			),
		).toBe("unavailable: another process is renewing it");
		expect(performance.now() - startMs).toBeGreaterThanOrEqual(119);
		expect(performance.now() - startMs).toBeLessThan(400);
		expect(hasBegun).toBe(false);
		expect(await command("GET", lease)).toBe(value);
		holder.open();
		await held;
	});

	test("an aborted wait ends at once", async () => {
		const { of, command, lease } = await start();
		const holder = gate();
		const held = of().coordinator.exclusive(
			"x",
			() => holder.promise,
			patience,
		);
		await expect.poll(() => command("EXISTS", lease)).toBe(1);
		const abort = new AbortController();
		const waiting = codeOf(
			of().coordinator.exclusive("x", async () => {}, {
				signal: abort.signal,
				waitMs: 60_000,
			}),
		);
		await wait(30);
		const startMs = performance.now();
		abort.abort();
		expect(await waiting).toBe("closed: null");
		expect(performance.now() - startMs).toBeLessThan(100);
		holder.open();
		await held;
	});

	test("L4 a holder that is never heard of again keeps the others waiting for its lease, no shorter and not much longer", async () => {
		const { of } = await start();
		const startMs = performance.now();
		void of({ leaseMs: 300 }).coordinator.exclusive(
			"x",
			() => new Promise(() => {}),
			patience,
		);
		await wait(20);
		await of().coordinator.exclusive("x", async () => {}, patience);
		const tookMs = performance.now() - startMs;
		expect(tookMs).toBeGreaterThanOrEqual(295);
		expect(tookMs).toBeLessThan(700);
	});

	test("B64 a release after the lease has ended leaves the next one's alone", async () => {
		const { of, command, lease } = await start();
		const first = gate();
		const second = gate();
		const one = of({ leaseMs: 100 }).coordinator.exclusive(
			"x",
			() => first.promise,
			patience,
		);
		await wait(10);
		const two = of().coordinator.exclusive("x", () => second.promise, patience);
		await expect.poll(() => command("PTTL", lease)).toBeGreaterThan(1_000);
		const value = await command("GET", lease);
		first.open();
		await one;
		expect(await command("GET", lease)).toBe(value);
		second.open();
		await two;
		expect(await command("EXISTS", lease)).toBe(0);
	});

	test("B66 a lease that arrived after its end counts as not given, and is given back", async () => {
		const { connection, key, lease, command } = await start();
		let isSlow = true;
		const slow: RedisClient = async (args) => {
			const reply = await connection.command(...args);
			if (isSlow && args[0]?.startsWith("EVAL")) {
				isSlow = false;
				await wait(130);
			}
			return reply;
		};
		const log: string[] = [];
		const slowOne = redisAuth({ client: slow, key, leaseMs: 100 });
		await slowOne.coordinator.exclusive(
			"x",
			async () => {
				log.push(`ttl ${Number(await command("PTTL", lease)) > 50}`);
			},
			patience,
		);
		// a first lease of which only 100 - 130 ms were left would show here
		expect(log).toEqual(["ttl true"]);
		expect(await command("HGET", `keyturn:{${key}}`, "fence")).toBe("2");
	});

	test("B62 a read under a lease that is over is refused, before anything is sent", async () => {
		const { of } = await start();
		const one = of({ leaseMs: 100 });
		await one.store.swap(null, recordOf(1, 1));
		const result = await codeOf(
			one.coordinator.exclusive(
				"x",
				async () => {
					await wait(130);
					return one.store.read();
				},
				patience,
			),
		);
		expect(result).toBe("unavailable: the lease is over");
	});

	test("B61 who waits takes over what the winner has stored, without a lease and without its work", async () => {
		const { of, command, key } = await start();
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
		const { connection, of, command, lease } = await start();
		const subscriber = await connection.subscriber();
		const tookMs: number[] = [];
		for (let round = 0; round < 3; round++) {
			const holder = gate();
			const held = of().coordinator.exclusive(
				"x",
				() => holder.promise,
				patience,
			);
			await expect.poll(() => command("EXISTS", lease)).toBe(1);
			const waiting = of({ subscriber }).coordinator.exclusive(
				"x",
				async () => performance.now(),
				patience,
			);
			// long enough for the pauses between two looks to have grown
			await wait(150);
			const startMs = performance.now();
			holder.open();
			tookMs.push((await waiting) - startMs);
			await held;
		}
		expect(Math.min(...tookMs)).toBeLessThan(15);
	});

	test("a lease that was lost with the record keeps its time: nobody renews before it can be over", async () => {
		const { of, command, key } = await start();
		const other = of({ leaseMs: 300 });
		other.store.subscribe?.(() => {
			void other.store.read();
		});
		await other.store.swap(null, recordOf(1, 1));
		const holder = of({ leaseMs: 300 });
		const answer = gate();
		const held = holder.coordinator.exclusive(
			"x",
			async () => {
				await holder.store.read();
				await answer.promise;
				return holder.store.swap(recordOf(1, 1), recordOf(1, 2));
			},
			patience,
		);
		await wait(10);
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
		const { key } = await start();
		const client: RedisClient = async () => {
			throw Object.assign(new Error("connect ECONNREFUSED"), {
				code: "ECONNREFUSED",
			});
		};
		expect(
			await codeOf(
				redisAuth({ client, key }).coordinator.exclusive(
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
