/** What a real session does under each scripted fault. The faults hit the refresh unless a title says otherwise. */
import { createAuth } from "@keyturn/core";
import { describe, expect, test } from "vitest";
import {
	createKazunionAuthority,
	createOzAuthority,
	createSimulator,
	type Fault,
	type FaultOptions,
	virtualPlatform,
} from "../src/index.ts";
import { plainKazunion, plainOz } from "./plain-protocol.ts";

const baseUrl = "https://oz.test";
const me = `${baseUrl}/api/users/me`;
const credentials = { email: "user_email", password: "user_password" };

/** One client, signed in; its token has run out unless `isFresh`. */
async function bench(
	fault: Fault | null,
	options: FaultOptions = { on: "refresh" },
	isFresh = fault === null,
) {
	const platform = virtualPlatform();
	const api = createOzAuthority(platform.forServer);
	platform.network.connect(api);
	const world = createSimulator({
		platform,
		protocol: plainOz({ baseUrl }),
		clients: 1,
		store: null,
		lock: null,
		refresh: { eager: false },
	});
	const [client] = world.clients;
	if (!client) throw new Error("one client at least");
	await client.auth.signIn(credentials);
	if (!isFresh) await platform.advance(15 * 60_000);
	if (fault) api.fail(fault, options);
	return {
		platform,
		api,
		client,
		/** One call of the application: its status, or the error's code. */
		async call(waitMs = 30_000): Promise<number | string> {
			const result = client.call(me).then(
				({ reply }) => reply.status,
				({ code }) => code,
			);
			await platform.advance(waitMs);
			return result;
		},
	};
}

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
