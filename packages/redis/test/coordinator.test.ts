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
import { type RedisClient, redisAuth, redisCoordinator } from "../src/index.ts";
import {
	codeOf,
	createPlace,
	gate,
	kinds,
	never,
	patience,
	patient,
	recordOf,
	wait,
} from "./real-redis.ts";

const server = await startRedis();
afterAll(() => server?.stop());

describe.skipIf(!server).each(kinds)("the coordinator, on %s", (kind) => {
	const { start: begin, close } = createPlace(server?.url, kind);
	afterEach(close);

	test("lets one at a time in, and all of them in the end", async () => {
		const { client, key } = await begin();
		let inside = 0;
		let most = 0;
		const results = await Promise.all(
			Array.from({ length: 8 }, (_, index) =>
				redisCoordinator({ ...patient, client, key }).exclusive(
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
		const { of, command, lease } = await begin();
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
		const { of, command, key } = await begin();
		for (const fence of ["1", "2", "3"]) {
			await of().coordinator.exclusive("x", async () => {}, patience);
			expect(await command("HGET", `keyturn:{${key}}`, "fence")).toBe(fence);
		}
	});

	test("B51 patience that runs out is no theft: the work is not begun, the lease not touched", async () => {
		const { of, command, lease } = await begin();
		const holder = gate();
		const held = of({ leaseMs: 300_000 }).coordinator.exclusive(
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
		// nor was the lease waited for, which has 300 s
		expect(performance.now() - startMs).toBeLessThan(100_000);
		expect(hasBegun).toBe(false);
		expect(await command("GET", lease)).toBe(value);
		holder.open();
		await held;
	});

	test("an aborted wait ends at once", async () => {
		const { of, command, lease } = await begin();
		const holder = gate();
		const held = of({ leaseMs: 300_000 }).coordinator.exclusive(
			"x",
			() => holder.promise,
			patience,
		);
		await expect.poll(() => command("EXISTS", lease)).toBe(1);
		const abort = new AbortController();
		const waiting = codeOf(
			of().coordinator.exclusive("x", async () => {}, {
				signal: abort.signal,
				waitMs: 300_000,
			}),
		);
		await wait(30);
		const startMs = performance.now();
		abort.abort();
		expect(await waiting).toBe("closed: null");
		expect(performance.now() - startMs).toBeLessThan(100_000);
		holder.open();
		await held;
	});

	test("L4 a holder that is never heard of again keeps the others waiting for its lease, no shorter and not much longer", async () => {
		const { of } = await begin();
		const startMs = performance.now();
		await new Promise<void>((begun) => {
			void of({ leaseMs: 300 }).coordinator.exclusive(
				"x",
				() => new Promise(() => begun()),
				patience,
			);
		});
		// whose own would be much longer
		await of({ leaseMs: 300_000 }).coordinator.exclusive("x", async () => {}, {
			signal: never,
			waitMs: 300_000,
		});
		const tookMs = performance.now() - startMs;
		expect(tookMs).toBeGreaterThanOrEqual(295);
		expect(tookMs).toBeLessThan(100_000);
	});

	test("B64 a release after the lease has ended leaves the next one's alone", async () => {
		const { of, command, lease } = await begin();
		const first = gate();
		const second = gate();
		const begun = gate();
		const one = of({ leaseMs: 100 }).coordinator.exclusive(
			"x",
			() => {
				begun.open();
				return first.promise;
			},
			patience,
		);
		await begun.promise;
		const two = of().coordinator.exclusive("x", () => second.promise, {
			signal: never,
			waitMs: 20_000,
		});
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
		const { connection, key, lease, command } = await begin();
		const leaseMs = 300_000;
		const now = performance.now.bind(performance);
		let aheadMs = 0;
		vi.spyOn(performance, "now").mockImplementation(() => now() + aheadMs);
		onTestFinished(() => void vi.restoreAllMocks());
		const slow: RedisClient = async (args) => {
			const reply = await connection.command(...args);
			if (!aheadMs && args[0]?.startsWith("EVAL")) aheadMs = leaseMs + 30;
			return reply;
		};
		const log: unknown[] = [];
		const slowOne = redisAuth({ ...patient, client: slow, key, leaseMs });
		await slowOne.coordinator.exclusive(
			"x",
			async () => {
				log.push(await command("HGET", `keyturn:{${key}}`, "fence"));
				log.push(Number(await command("PTTL", lease)) > 0);
			},
			// a minute more than the lease: nobody waits for the end of one that was not given back
			{ signal: never, waitMs: leaseMs + 60_000 },
		);
		expect(log).toEqual(["2", true]);
		expect(await command("HGET", `keyturn:{${key}}`, "fence")).toBe("2");
	});

	test("B62 a read under a lease that is over is refused, before anything is sent", async () => {
		const { of } = await begin();
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
});
