/** 10,000 requests at once. */
import { describe, expect, test } from "vitest";
import { lifetimeMs, openWorld } from "./storm-world.ts";

describe.each(["oz", "kazunion"] as const)(
	"%s, whose refresh tokens are single-use",
	(kind) => {
		test("B40 10,000 requests on a token whose time is up: one refresh, no 401, none lost", async () => {
			using world = await openWorld(kind);
			await world.platform.advance(lifetimeMs + 1_000);
			expect(await world.storm(10_000)).toEqual({ 200: 10_000 });
			expect(world.api.counters).toMatchObject({
				refreshes: 1,
				unauthorized: 0,
				reuses: 0,
			});
		});

		test("B22 B41 10,000 requests on a token that the server has dropped: one refresh, at most one 401 each", async () => {
			using world = await openWorld(kind);
			world.api.loseToken();
			expect(await world.storm(10_000)).toEqual({ 200: 10_000 });
			expect(world.api.counters).toMatchObject({
				refreshes: 1,
				reuses: 0,
				refusals: 0,
			});
			expect(world.api.counters.unauthorized).toBeLessThanOrEqual(10_000);
			expect(await world.storm(10)).toEqual({ 200: 10 });
			expect(world.api.counters.refreshes).toBe(1);
		});
	},
);
