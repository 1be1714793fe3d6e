/** What happens when tabs or processes freeze, die and start anew. */
import { describe, expect, test } from "vitest";
import { bench, credentials, me, statuses } from "./shared-world.ts";

describe("what happens to a client", () => {
	test("B50 others go on while the holder of the lock is frozen; thawed, it drops its result", async () => {
		const { platform, api, world, a, b } = bench();
		await a.auth.signIn(credentials);
		await platform.flush();
		platform.network.hold();
		void a.auth.refresh().catch(() => {});
		await platform.flush();
		expect(world.lock?.holder).toBe("client 1");
		a.freeze();
		await platform.network.release();
		// the server has rotated, and nobody but the frozen page got the answer
		expect(api.counters.refreshes).toBe(1);
		expect(b.auth.state.generation).toBe(1);
		const call = b.call(me);
		await platform.advance(30_000);
		expect((await call).reply.status).toBe(200);
		a.thaw();
		await platform.flush();
		expect(a.auth.state.generation).toBe(2);
		expect(world.store?.record?.generation).toBe(2);
		expect(world.lock?.holder).toBeNull();
		world.close();
	});

	test("a lock ends with its holder, and its place in the queue too", async () => {
		const { platform, world, a, b } = bench({ clients: 3 });
		const c = world.clients[2];
		await a.auth.signIn(credentials);
		await platform.flush();
		platform.network.hold();
		for (const client of [a, b, c]) void client?.auth.refresh().catch(() => {});
		await platform.flush();
		expect([world.lock?.holder, world.lock?.waiting]).toEqual([
			"client 1",
			["client 2", "client 3"],
		]);
		b.crash();
		a.crash();
		expect([world.lock?.holder, world.lock?.waiting]).toEqual(["client 3", []]);
		await platform.network.release();
		await platform.flush();
		expect(world.lock?.holder).toBeNull();
		world.close();
	});

	test("a lease ends while its holder sleeps, and its release afterwards hurts nobody (B62, B64)", async () => {
		const { platform, world, a, b } = bench({ lock: { leaseMs: 1_000 } });
		await a.auth.signIn(credentials);
		await platform.flush();
		platform.network.hold();
		void a.auth.refresh().catch(() => {});
		await platform.flush();
		a.freeze();
		void b.auth.refresh().catch(() => {});
		await platform.advance(1_000);
		expect([world.lock?.holder, world.lock?.grants]).toEqual(["client 2", 2]);
		a.thaw();
		await platform.flush();
		expect(world.lock?.holder).toBe("client 2");
		world.close();
	});

	test("a restart finds what the store holds", async () => {
		const { world, a, b, platform } = bench();
		await a.auth.signIn(credentials);
		await platform.flush();
		a.crash();
		expect(a.phase).toBe("dead");
		b.restart();
		a.restart();
		expect(statuses(world)).toEqual(["authenticated", "authenticated"]);
		expect((await a.call(me)).generations).toEqual([1]);
		expect(world.join().auth.state.status).toBe("authenticated");
		world.close();
	});

	test("the dead and the frozen get no timer and no answer", async () => {
		const { platform, a, b, world } = bench({ store: null, lock: null });
		await a.auth.signIn(credentials);
		await b.auth.signIn(credentials);
		a.crash();
		b.freeze();
		await platform.advance(16 * 60_000);
		expect(statuses(world)).toEqual(["authenticated", "authenticated"]);
		b.thaw();
		await platform.advance(20_000);
		expect([a.auth.state.generation, b.auth.state.generation]).toEqual([1, 2]);
		world.close();
	});

	test("B63 after a crash between the rotation and the store, the next client is refused and says so", async () => {
		const { platform, api, world, a, b } = bench();
		await a.auth.signIn(credentials);
		await platform.flush();
		platform.network.hold();
		void a.auth.refresh().catch(() => {});
		await platform.flush();
		await platform.network.pending[0]?.deliver();
		a.crash();
		expect(api.counters.refreshes).toBe(1);
		await platform.network.release();
		api.expireNow();
		const call = b.call(me);
		await platform.advance(60_000);
		expect((await call).reply.status).toBe(401);
		expect(b.auth.state.status).toBe("unauthenticated");
		expect(api.counters).toMatchObject({ refreshes: 1, reuses: 1 });
		world.close();
	});

	test("B67 wall clocks that differ by an hour change nothing", async () => {
		const { platform, api, world, a, b } = bench();
		b.setClockOffset(-3_600_000);
		b.restart();
		await a.auth.signIn(credentials);
		await platform.flush();
		const call = b.call(me);
		await platform.advance(1_000);
		expect((await call).reply.status).toBe(200);
		expect(statuses(world)).toEqual(["authenticated", "authenticated"]);
		expect(api.counters.reuses).toBe(0);
		world.close();
	});
});
