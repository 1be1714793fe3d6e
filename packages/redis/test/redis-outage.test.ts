import { held } from "@keyturn/tooling/held-answers";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { createScene, one, patientFleet } from "./scene.ts";

const scene = await createScene();
const { url, authority, start, stored, hasCounted, restartRedis } = scene;
const { endLease, lease, release } = scene;
afterAll(() => scene.close());
beforeEach(() => authority.reset());

/** A command that got lost with a connection must not be waited for until the test is over. */
const whileLost = {
	redisOptions: { ...patientFleet.redisOptions, commandTimeoutMs: 10_000 },
};

describe.skipIf(!url)("a Redis that goes away", () => {
	test("B65 Redis restarted empty in the middle of a refresh: one refresh, nobody signed out", async () => {
		await using fleet = await start(3, whileLost);
		authority.expireNow();
		authority.fail(held, { on: "refresh" });
		const reports = fleet.ask(one);
		await hasCounted({ refreshRequests: 1 });
		await restartRedis();
		release();
		for (const { outcomes } of await reports)
			expect([200, "unavailable"]).toContain(outcomes[0]);
		for (const worker of fleet.workers)
			await expect
				.poll(() => worker.ask(one))
				.toMatchObject({ outcomes: [200], generation: 2 });
		expect(authority.counters).toMatchObject({ refreshRequests: 1, reuses: 0 });
		expect(await stored(fleet.key)).toMatchObject({ generation: 2 });
	});

	test("B65 Redis restarted empty between two refreshes: the session is put back, and renewed once", async () => {
		await using fleet = await start(3, whileLost);
		await fleet.ask(one);
		await restartRedis();
		authority.expireNow();
		const asked: ReturnType<typeof fleet.ask>[] = [];
		// whoever puts the record back, takes the lease in the name of one that may have been lost
		await expect
			.poll(
				() => {
					// again: who has not noticed yet that its connection is gone is refused
					asked.push(fleet.ask(one));
					return lease(fleet.key);
				},
				{ interval: 500 },
			)
			.toBe("lost");
		expect(authority.counters.refreshRequests).toBe(0);
		await endLease(fleet.key);
		for (const { outcomes } of (await Promise.all(asked)).flat())
			expect([200, "unavailable"]).toContain(outcomes[0]);
		for (const worker of fleet.workers)
			await expect
				.poll(() => worker.ask(one))
				.toMatchObject({ outcomes: [200], generation: 2 });
		expect(authority.counters).toMatchObject({ refreshRequests: 1, reuses: 0 });
	});

	test("B65 without Redis a good token is used, a bad one is not renewed, and nobody is signed out", async () => {
		await using fleet = await start(2, {
			redisOptions: { commandTimeoutMs: 4_000 },
		});
		await restartRedis(async () => {
			for (const { outcomes } of await fleet.ask(one))
				expect(outcomes).toEqual([200]);
			authority.expireNow();
			for (const report of await fleet.ask(one))
				expect(report).toMatchObject({
					outcomes: ["unavailable"],
					status: "expired",
					failure: "unavailable",
				});
			expect(authority.counters.refreshRequests).toBe(0);
		});
	});

	test("B65 with onUnavailable: 'local' a process renews alone, and brings Redis up to date by itself", async () => {
		await using fleet = await start(1, {
			redisOptions: { commandTimeoutMs: 4_000, onUnavailable: "local" },
		});
		const [only] = fleet.workers;
		await restartRedis(async () => {
			authority.expireNow();
			expect(await only.ask(one)).toMatchObject({
				outcomes: [200],
				generation: 2,
			});
		});
		await expect.poll(() => stored(fleet.key)).toMatchObject({ generation: 2 });
	});
});
