/** What a real session does when its API calls and sign-ins meet faults, and when clocks disagree. */
import { createAuth } from "@keyturn/core";
import { describe, expect, test } from "vitest";
import {
	createKazunionAuthority,
	type Fault,
	virtualPlatform,
} from "../src/index.ts";
import { baseUrl, bench, credentials, me } from "./faulty-world.ts";
import { plainKazunion } from "./plain-protocol.ts";

describe("an API call that meets", () => {
	test("B22 a token lost at the server renews once and is sent once more", async () => {
		const { api, client } = await bench(null);
		api.loseToken();
		expect((await client.call(me)).generations).toEqual([1, 2]);
		expect(api.counters).toMatchObject({ refreshes: 1, unauthorized: 1 });
	});

	test("B22 a 401 for this request only renews once and is sent once more", async () => {
		const { api, client } = await bench(
			{ type: "unauthorized" },
			{ on: "api" },
			true,
		);
		const { reply, generations } = await client.call(me);
		expect([reply.status, generations]).toEqual([200, [1, 2]]);
		expect(api.counters.refreshes).toBe(1);
	});

	test("B23 a resource that always answers 401 costs one refresh per interval", async () => {
		const { api, client, platform } = await bench(null);
		for (let second = 0; second < 60; second++) {
			await client.call(`${baseUrl}/api/unauthorized`);
			await platform.advance(1_000);
		}
		expect(api.counters.refreshes).toBe(6);
	});

	test("B24 403 is left alone", async () => {
		const { api, client } = await bench(null);
		const { reply } = await client.call(`${baseUrl}/api/forbidden`);
		expect(reply.status).toBe(403);
		expect(api.counters.refreshRequests).toBe(0);
	});

	test("B40 an expiry behind the client's back renews once for fifty", async () => {
		const { api, client } = await bench(null);
		api.expireNow();
		const results = await Promise.all(
			Array.from({ length: 50 }, () => client.call(me)),
		);
		expect(new Set(results.map(({ reply }) => reply.status))).toEqual(
			new Set([200]),
		);
		expect(api.counters).toMatchObject({
			refreshes: 1,
			unauthorized: 50,
			accepted: 50,
		});
	});
});

describe("a sign-in that meets", () => {
	test.each<[Fault, string]>([
		[{ type: "unauthorized" }, "rejected"],
		[{ type: "status", status: 500 }, "unavailable"],
		[{ type: "rate-limit", retryAfter: 5 }, "unavailable"],
		[{ type: "reset-before" }, "unavailable"],
		[{ type: "reset-after" }, "unavailable"],
		[{ type: "hang" }, "timeout"],
		[{ type: "half-body" }, "unavailable"],
		[{ type: "malformed" }, "bad-response"],
		[{ type: "portal" }, "bad-response"],
		[{ type: "redirect", to: "foreign" }, "bad-response"],
	])(
		"%o rejects with %s, and the session that was there stays",
		async (fault, code) => {
			const { client, platform } = await bench(fault, { on: "sign-in" }, true);
			const again = client.auth
				.signIn(credentials)
				.catch((error: { code: string }) => error.code);
			await platform.advance(20_000);
			expect(await again).toBe(code);
			expect(client.auth.state.status).toBe("authenticated");
		},
	);
});

test("B33 B34 a device an hour off, or a server an hour off, refreshes no sooner and no later", async () => {
	for (const [deviceMs, serverMs] of [
		[0, 0],
		[3_600_000, 0],
		[-3_600_000, 0],
		[0, 3_600_000],
		[0, -3_600_000],
	] as const) {
		const platform = virtualPlatform();
		const api = createKazunionAuthority({
			...platform.forServer,
			lifetimeMs: 43_200 * 60_000,
		});
		api.setClockOffset(serverMs);
		platform.setWallClock(platform.nowMs() + deviceMs);
		platform.network.connect(api);
		const auth = createAuth({
			protocol: plainKazunion({ baseUrl: "https://kz.test" }),
			platform,
		});
		await auth.signIn({ login: "string", password: "string" });
		await platform.advance(29 * 86_400_000);
		expect(api.counters.refreshRequests).toBe(0);
		// B31: thirty days are more than one timer holds
		await platform.advance(86_400_000 - 60_000);
		expect(api.counters).toMatchObject({ refreshRequests: 1, refreshes: 1 });
		auth.close();
	}
});

test("a Date header an hour off changes nothing for an API that gives durations", async () => {
	const platform = virtualPlatform();
	const api = createKazunionAuthority(platform.forServer);
	api.setDateOffset(-3_600_000);
	platform.network.connect(api);
	const auth = createAuth({
		protocol: plainKazunion({ baseUrl: "https://kz.test" }),
		platform,
		refresh: { eager: false },
	});
	const state = await auth.signIn({ login: "string", password: "string" });
	expect(state).toMatchObject({ session: { lifetimeMs: 43_200 * 60_000 } });
	auth.close();
});
