/** Many requests at once, and refreshes that fail. The storms of 10,000 are in the long tests. */
import { createAuthFetch } from "@keyturn/fetch";
import { describe, expect, test } from "vitest";
import { baseUrl, lifetimeMs, openWorld } from "./storm-world.ts";

describe.each(["oz", "kazunion"] as const)(
	"%s, whose refresh tokens are single-use",
	(kind) => {
		test.each([1, 100, 1_000])(
			"B40 %i requests on a token whose time is up: one refresh, no 401, none lost",
			async (size) => {
				using world = await openWorld(kind);
				await world.platform.advance(lifetimeMs + 1_000);
				expect(await world.storm(size)).toEqual({ 200: size });
				expect(world.api.counters).toMatchObject({
					refreshes: 1,
					unauthorized: 0,
					reuses: 0,
				});
			},
		);

		test.each([1, 100, 1_000])(
			"B22 B41 %i requests on a token that the server has dropped: one refresh, at most one 401 each",
			async (size) => {
				using world = await openWorld(kind);
				world.api.loseToken();
				expect(await world.storm(size)).toEqual({ 200: size });
				expect(world.api.counters).toMatchObject({
					refreshes: 1,
					reuses: 0,
					refusals: 0,
				});
				expect(world.api.counters.unauthorized).toBeLessThanOrEqual(size);
				expect(await world.storm(10)).toEqual({ 200: 10 });
				expect(world.api.counters.refreshes).toBe(1);
			},
		);

		test("B41 100 requests, half of whose 401s arrive when the refresh is over: they are replayed and cost none", async () => {
			using world = await openWorld(kind);
			const { platform, auth, api } = world;
			let release: (() => void) | undefined;
			const released = new Promise<void>((resolve) => {
				release = resolve;
			});
			let refused = 0;
			const authFetch = createAuthFetch(auth, {
				async fetch(input, init) {
					const response = await platform.fetch(input, init);
					if (response.status === 401 && refused++ % 2) await released;
					return response;
				},
			});
			api.loseToken();
			let done = 0;
			const calls = Array.from({ length: 100 }, async () => {
				const { status } = await authFetch(`${baseUrl}/api/echo`);
				done++;
				return status;
			});
			await platform.advance(1_000);
			expect([done, refused]).toEqual([50, 100]);
			release?.();
			expect(new Set(await Promise.all(calls))).toEqual(new Set([200]));
			expect(api.counters).toMatchObject({
				refreshes: 1,
				unauthorized: 100,
				reuses: 0,
			});
		});

		test.each([
			["B17 answers 503 once", { type: "status", status: 503 }],
			[
				"B11 finds its connection reset before the server acted",
				{ type: "reset-before" },
			],
		] as const)(
			"a refresh that %s: everything that waits succeeds",
			async (_, fault) => {
				using world = await openWorld(kind);
				await world.platform.advance(lifetimeMs + 1_000);
				world.api.fail(fault, { on: "refresh" });
				const storm = world.storm(100);
				await world.platform.advance(1_000);
				expect(await storm).toEqual({ 200: 100 });
				expect(world.api.counters).toMatchObject({
					refreshRequests: 2,
					refreshes: 1,
					reuses: 0,
				});
			},
		);

		test("B12 a refresh that hangs: each gets a timeout at its deadline, and the next request starts afresh", async () => {
			using world = await openWorld(kind);
			await world.platform.advance(lifetimeMs + 1_000);
			world.api.fail({ type: "hang" }, { on: "refresh" });
			let outcome: unknown;
			void world.storm(100).then((counts) => {
				outcome = counts;
			});
			await world.platform.advance(9_999);
			expect(outcome).toBeUndefined();
			await world.platform.advance(1);
			expect(outcome).toEqual({ timeout: 100 });
			const again = world.storm(100);
			// the session's own back-off: half a second to one
			await world.platform.advance(1_000);
			expect(await again).toEqual({ 200: 100 });
			expect(world.api.counters.refreshes).toBe(1);
		});

		test("B3 an answer that is lost after the server acted: a typed error says so", async () => {
			using world = await openWorld(kind);
			await world.platform.advance(lifetimeMs + 1_000);
			world.api.fail({ type: "reset-after" }, { on: "refresh" });
			const storm = world.storm(100);
			await world.platform.advance(20_000);
			expect(await storm).toEqual({ "in-doubt": 100 });
		});

		test.each([
			["ahead", 600_000],
			["behind", -600_000],
		])(
			"B33 B34 a device clock ten minutes %s costs no refresh and no 401",
			async (_, offsetMs) => {
				using world = await openWorld(kind, offsetMs);
				for (let step = 0; step < 4; step++) {
					expect(await world.storm(5)).toEqual({ 200: 5 });
					await world.platform.advance(lifetimeMs / 6);
				}
				expect(world.api.counters).toMatchObject({
					refreshRequests: 0,
					unauthorized: 0,
				});
			},
		);
	},
);

test("B3 where the API declares a reuse interval, a lost answer is made good", async () => {
	using world = await openWorld("oauth2 with a reuse interval");
	await world.platform.advance(lifetimeMs + 1_000);
	world.api.fail({ type: "reset-after" }, { on: "refresh" });
	const counts: Record<string, number> = {};
	const calls = Array.from({ length: 100 }, async () => {
		const { status } = await world.authFetch(`${baseUrl}/api/me`);
		counts[status] = (counts[status] ?? 0) + 1;
	});
	await world.platform.advance(2_000);
	await Promise.all(calls);
	expect(counts).toEqual({ 200: 100 });
	expect(world.api.counters).toMatchObject({
		refreshes: 1,
		repeats: 1,
		reuses: 0,
	});
});
