import { describe, expect, test } from "vitest";
import {
	createOAuth2Authority,
	createSimulator,
	virtualPlatform,
} from "../src/index.ts";
import { plainOAuth2 } from "./plain-protocol.ts";
import { baseUrl, bench, credentials, me, statuses } from "./shared-world.ts";

describe("tabs on one store", () => {
	test.each([
		["sync", 2],
		["sync", 20],
		["async", 2],
		["async", 20],
	] as const)(
		"B49 %s store, %i clients: one sign-in for all, one refresh after the expiry",
		async (kind, clients) => {
			const { platform, api, world, a } = bench({
				clients,
				store: { kind, latencyMs: kind === "async" ? 3 : 0 },
			});
			await platform.advance(100);
			const signingIn = a.auth.signIn(credentials);
			await platform.advance(100);
			await signingIn;
			expect(new Set(statuses(world))).toEqual(new Set(["authenticated"]));
			api.expireNow();
			const calls = world.clients.flatMap((client) =>
				Array.from({ length: 5 }, () => client.call(me)),
			);
			await platform.advance(20_000);
			const results = await Promise.all(calls);
			expect(new Set(results.map(({ reply }) => reply.status))).toEqual(
				new Set([200]),
			);
			expect(api.counters).toMatchObject({
				signIns: 1,
				refreshes: 1,
				refreshRequests: 1,
				reuses: 0,
			});
			expect(world.clients.map(({ auth }) => auth.state.generation)).toEqual(
				Array.from({ length: clients }, () => 2),
			);
			world.close();
		},
	);

	test("B55 a sign-out in one is a sign-out in all, also in the middle of a refresh", async () => {
		const { platform, api, world, a, b } = bench();
		await a.auth.signIn(credentials);
		await platform.flush();
		platform.network.hold();
		void b.auth.refresh().catch(() => {});
		await platform.flush();
		expect(b.auth.state.status).toBe("refreshing");
		await a.auth.signOut();
		await platform.flush();
		await platform.network.release();
		await platform.flush();
		expect(api.counters.refreshes).toBe(1);
		expect(statuses(world)).toEqual(["unauthenticated", "unauthenticated"]);
		expect(world.store?.record?.access).toBeNull();
		world.close();
	});

	test("B54 a client that hears of nothing finds out at its next refresh, and adopts", async () => {
		const { platform, api, world, a, b } = bench();
		await a.auth.signIn(credentials);
		await platform.flush();
		if (world.store) world.store.areHintsLost = true;
		await a.auth.refresh();
		expect([a.auth.state.generation, b.auth.state.generation]).toEqual([2, 1]);
		await b.auth.refresh();
		expect(b.auth.state.generation).toBe(2);
		expect(api.counters).toMatchObject({ refreshes: 1, reuses: 0 });
		world.close();
	});

	test("S5 what was committed is strictly increasing, whoever wrote it", async () => {
		const { platform, world, a, b } = bench({ clients: 3 });
		await a.auth.signIn(credentials);
		for (let round = 0; round < 5; round++) {
			await platform.advance(14 * 60_000);
			const both = [a.call(me), b.call(me)];
			await platform.advance(20_000);
			await Promise.all(both);
		}
		const stamps = world.store?.commits.map(
			({ epoch, generation }) => epoch * 1_000 + generation,
		);
		expect(stamps?.length).toBeGreaterThan(3);
		expect(stamps).toEqual([...new Set(stamps)].sort((x, y) => x - y));
		world.close();
	});
});

describe("failing stores", () => {
	test("B71 a write that fails after a rotation loses no token", async () => {
		const { platform, api, world, a } = bench();
		await a.auth.signIn(credentials);
		await platform.flush();
		world.store?.fail({ operation: "swap", times: 3 });
		await a.auth.refresh();
		expect(a.auth.state).toMatchObject({
			status: "authenticated",
			generation: 2,
		});
		expect((await a.call(me)).reply.status).toBe(200);
		expect(api.counters.reuses).toBe(0);
		world.close();
	});

	test("B75 a store emptied by hand ends the session in one step", async () => {
		const { platform, world, a } = bench();
		await a.auth.signIn(credentials);
		await platform.flush();
		world.store?.clear();
		await platform.flush();
		expect(statuses(world)).toEqual(["unauthenticated", "unauthenticated"]);
		world.close();
	});

	test("B72 what is no record counts as nothing", async () => {
		const { platform, world, b } = bench();
		world.store?.put({ schema: 1, access: "x".repeat(10_000) });
		b.restart();
		await platform.flush();
		expect(b.auth.state.status).toBe("unauthenticated");
		world.close();
	});

	test("failures come as ordered: before the write, after it, on reading, with their own error", async () => {
		const { world } = bench();
		const handle = world.store?.open();
		const error = new Error("disk full");
		world.store?.fail({ operation: "swap", error });
		world.store?.fail({ operation: "swap", isAfter: true });
		world.store?.fail({ operation: "read", times: 2 });
		const record = { epoch: 1, generation: 1 } as never;
		expect(() => handle?.swap(null, record)).toThrow(error);
		expect(world.store?.record).toBeNull();
		expect(() => handle?.swap(null, record)).toThrow();
		expect(world.store?.record).toEqual(record);
		expect(() => handle?.read()).toThrow();
		expect(() => handle?.read()).toThrow();
		expect(handle?.read()).toEqual(record);
		expect(handle?.swap(null, record)).toBe(false);
		expect(world.store?.refusals).toBe(1);
		world.close();
	});
});

test("close leaves no timer in the world", async () => {
	const { platform, world, a } = bench({ clients: 4 });
	await a.auth.signIn(credentials);
	await platform.flush();
	expect(platform.timers.length).toBeGreaterThan(0);
	world.close();
	await platform.flush();
	expect(platform.timers).toEqual([]);
});

test("the same seed gives the same history", async () => {
	const history = async () => {
		const platform = virtualPlatform({ seed: 42 });
		const api = createOAuth2Authority({ ...platform.forServer });
		platform.network.connect(api);
		platform.network.latencyMs = 5;
		const world = createSimulator({
			platform,
			protocol: plainOAuth2({ baseUrl }),
			clients: 5,
			store: { kind: "async", latencyMs: 2 },
		});
		await platform.advance(10);
		const [first] = world.clients;
		void first?.auth.signIn({ username: "user", password: "password" });
		for (let minute = 0; minute < 150; minute++) await platform.advance(60_000);
		world.close();
		return {
			events: api.events,
			commits: world.store?.commits,
			counters: api.counters,
		};
	};
	const once = await history();
	expect(await history()).toEqual(once);
	// 2.5 hours of a one-hour token: two renewals, whoever made them
	expect(once.counters).toMatchObject({ signIns: 1, refreshes: 2, reuses: 0 });
});
