/** What a real session does when its refresh meets each of the scripted faults. */
import { describe, expect, test } from "vitest";
import type { Fault } from "../src/index.ts";
import { bench, me } from "./faulty-world.ts";

describe("a refresh that meets", () => {
	test("slow (5 s) succeeds, and requests wait for it", async () => {
		const { api, call } = await bench({ type: "slow", delayMs: 5_000 });
		expect(await call()).toBe(200);
		expect(api.counters).toMatchObject({ refreshRequests: 1, refreshes: 1 });
	});

	test("B4 slow (15 s) is too late for its waiters, and its answer is kept all the same", async () => {
		const { api, client, call } = await bench({
			type: "slow",
			delayMs: 15_000,
		});
		expect(await call()).toBe("timeout");
		expect(client.auth.state).toMatchObject({
			status: "authenticated",
			generation: 2,
		});
		expect(await call()).toBe(200);
		expect(api.counters).toMatchObject({ refreshRequests: 1, reuses: 0 });
	});

	test("B13 unauthorized ends the session, once", async () => {
		const { client, call } = await bench({ type: "unauthorized" });
		expect(await call()).toBe("rejected");
		expect(client.auth.state).toMatchObject({
			status: "unauthenticated",
			reason: "rejected",
		});
		expect(await call()).toBe(401);
	});

	test("B17 one 503 is tried again while requests wait", async () => {
		const { api, call } = await bench({ type: "status", status: 503 });
		expect(await call()).toBe(200);
		expect(api.counters).toMatchObject({ refreshRequests: 2, refreshes: 1 });
	});

	test("B17 two 503s fail the requests, and the session stays for the third", async () => {
		const { api, client, call } = await bench(
			{ type: "status", status: 503 },
			{ on: "refresh", times: 2 },
		);
		expect(await call()).toBe("unavailable");
		expect(client.auth.state.status).toBe("expired");
		expect(await call()).toBe(200);
		expect(api.counters).toMatchObject({ refreshRequests: 3, refreshes: 1 });
	});

	test("B8 an outage of an hour costs no storm: requests fail fast between the tries", async () => {
		const { api, client, platform } = await bench(
			{ type: "status", status: 503 },
			{ on: "refresh", times: Infinity },
		);
		let failed = 0;
		for (let second = 0; second < 3_600; second++) {
			client.call(me).catch(() => failed++);
			await platform.advance(1_000);
		}
		expect(failed).toBeGreaterThan(3_500);
		// the longest pause is 30 s, jittered down to half of it
		expect(api.counters.refreshRequests).toBeLessThan(260);
		expect(client.auth.state.status).toBe("expired");
	});

	test("B16 a rate limit waits as it is told", async () => {
		const { api, client, platform, call } = await bench({
			type: "rate-limit",
			retryAfter: 120,
		});
		const error = await Promise.all([
			client.call(me).catch((reason: unknown) => reason),
			platform.advance(1_000),
		]);
		expect(error[0]).toMatchObject({ code: "unavailable" });
		expect((error[0] as { retryAfterMs: number }).retryAfterMs).toBeGreaterThan(
			110_000,
		);
		expect(await call(60_000)).toBe("unavailable");
		expect(api.counters.refreshRequests).toBe(1);
		await platform.advance(60_000);
		expect(await call()).toBe(200);
		expect(api.counters.refreshRequests).toBe(2);
	});

	test("B16 a rate limit without a readable time is like any 503", async () => {
		const { call } = await bench({ type: "rate-limit", retryAfter: "soon" });
		expect(await call()).toBe(200);
	});

	test("B11 a reset before the server acted is in doubt, and works at the next try", async () => {
		const { api, call } = await bench({ type: "reset-before" });
		expect(await call()).toBe(200);
		expect(api.counters).toMatchObject({
			refreshRequests: 2,
			refreshes: 1,
			reuses: 0,
		});
	});

	test.each<[string, Fault]>([
		["B3 a reset after the server acted", { type: "reset-after" }],
		["B5 half a body", { type: "half-body" }],
		["a body that cannot be read", { type: "malformed" }],
	])("%s ends in doubt, never in a plain sign-out", async (_, fault) => {
		const { api, client, call } = await bench(fault);
		expect(await call()).toBe("in-doubt");
		expect(client.auth.state).toMatchObject({
			status: "unauthenticated",
			failure: { code: "in-doubt" },
		});
		// nothing was left to lose, so the used token was shown once more; that is what the server calls reuse
		expect(api.counters).toMatchObject({
			refreshRequests: 2,
			refreshes: 1,
			reuses: 1,
		});
	});

	test("B3 a lost answer while the token still works is not asked again", async () => {
		const { api, client, platform } = await bench(
			{ type: "reset-after" },
			{ on: "refresh" },
			true,
		);
		const refreshing = client.auth
			.refresh()
			.catch(({ code }: { code: string }) => code);
		await platform.advance(60_000);
		expect(await refreshing).toBe("in-doubt");
		expect(client.auth.state).toMatchObject({
			status: "authenticated",
			failure: { code: "in-doubt" },
		});
		expect((await client.call(me)).reply.status).toBe(200);
		expect(api.counters).toMatchObject({ refreshRequests: 1, reuses: 0 });
	});

	test.each([false, true])(
		"a hang (after the server acted: %s) frees its waiters at their deadline",
		async (isAfter) => {
			const { api, client, call } = await bench({ type: "hang", isAfter });
			expect(await call(10_000)).toBe("timeout");
			expect(api.counters.refreshes).toBe(isAfter ? 1 : 0);
			expect(client.auth.state).toMatchObject({
				failure: { code: "timeout" },
			});
		},
	);

	test("B6 a captive portal changes nothing", async () => {
		const { client, call } = await bench(
			{ type: "portal" },
			{ on: "refresh", times: 2 },
		);
		expect(await call()).toBe("bad-response");
		expect(client.auth.state.status).toBe("expired");
		expect(await call()).toBe(200);
	});

	test("B29 a redirect is not followed", async () => {
		for (const to of ["same", "foreign"]) {
			const { api, platform, call } = await bench(
				{ type: "redirect", to },
				{ on: "refresh", times: 2 },
			);
			expect(await call()).toBe("bad-response");
			expect(
				platform.network.sent.filter(({ url }) => url.includes("redirected")),
			).toEqual([]);
			expect(await call()).toBe(200);
			expect(api.counters.refreshes).toBe(1);
		}
	});
});
