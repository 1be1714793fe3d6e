import type { SessionRecord } from "@keyturn/core";
import { createOAuth2Authority } from "@keyturn/testing";
import { startMockApi } from "@keyturn/testing/node";
import { type RedisServer, startRedis } from "@keyturn/tooling/redis-server";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { redisStore } from "../src/index.ts";
import {
	endFleets,
	type Fleet,
	startFleet,
	type Worker,
	type WorkerKind,
} from "./fleet.ts";
import { protocolOf } from "./fleet-protocol.ts";
import type { SessionOptions } from "./fleet-worker.ts";
import { connect, newKey } from "./real-redis.ts";

let server = (await startRedis()) as RedisServer;
const url = server?.url;
const authority = createOAuth2Authority();
const api = await startMockApi({ api: authority });
afterAll(async () => {
	await endFleets();
	await api.close();
	await server?.stop();
});
beforeEach(() => authority.reset());

/** A session as it would be stored, had it been renewed then. */
const recordAt = (receivedAtMs: number): SessionRecord => ({
	...authority.issue("user"),
	schema: 1,
	protocol: protocolOf(api.url).name,
	epoch: 1,
	generation: 1,
	receivedAtMs,
	signedInAtMs: receivedAtMs,
	lifetimeMs: 3_600_000,
	isPasswordExpired: false,
	user: null,
});

/** What lies in Redis. */
async function stored(key: string) {
	await using connection = await connect(url);
	return await redisStore({ client: connection.client, key }).read();
}

interface StartOptions extends Partial<SessionOptions> {
	/** How long ago the session in Redis was renewed, ms; its access token lives for an hour. Default 0. */
	readonly ageMs?: number;
	readonly kind?: WorkerKind;
}

/** A fleet, and the session that was in Redis before it started. */
async function start(
	size: number,
	{ ageMs = 0, kind, ...options }: StartOptions = {},
): Promise<Fleet & { key: string; workers: [Worker, Worker] }> {
	const key = newKey();
	await using connection = await connect(url);
	await redisStore({ client: connection.client, key }).swap(
		null,
		recordAt(Date.now() - ageMs),
	);
	const fleet = await startFleet(
		size,
		{ api: api.url, redis: url, key, ...options },
		kind,
	);
	return { ...fleet, key, workers: fleet.workers as [Worker, Worker] };
}

/** Short enough to be outlived in a test; a token request is given up before the lease ends. */
const shortLease = {
	redisOptions: { leaseMs: 600 },
	refresh: { timeoutMs: 400 },
} as const;

const one = { type: "fetch", count: 1 } as const;

const hasCounted = (counts: Partial<typeof authority.counters>) =>
	expect
		.poll(() => authority.counters, { interval: 5, timeout: 5_000 })
		.toMatchObject(counts);

const statuses = (count: number, status: number | string = 200) =>
	Array.from({ length: count }, () => status);

describe.skipIf(!server)("a fleet of real processes", () => {
	test("B61 renews an expired session once, and asks Redis nothing while the token is good", async () => {
		// expired by the clock at the start, by the server's word later
		await using fleet = await start(4, { ageMs: 3_700_000 });
		for (let round = 1; round <= 4; round++) {
			const reports = await fleet.ask({ type: "fetch", count: 5 });
			expect(reports.flatMap(({ outcomes }) => outcomes)).toEqual(statuses(20));
			const [again] = await Promise.all([fleet.workers[0].ask(one)]);
			expect(again.commands).toBe(0);
			expect(authority.counters).toMatchObject({
				refreshRequests: round,
				refreshes: round,
				reuses: 0,
				signIns: 0,
			});
			authority.expireNow();
		}
	}, 20_000);

	test.each(["thread", "cluster"] as const)(
		"B69 a %s reads the session before it uses it",
		async (kind) => {
			await using fleet = await start(2, { kind, ageMs: 3_700_000 });
			for (let round = 1; round <= 2; round++) {
				const reports = await fleet.ask(one);
				expect(reports.flatMap(({ outcomes }) => outcomes)).toEqual(
					statuses(2),
				);
				expect(authority.counters).toMatchObject({
					refreshes: round,
					reuses: 0,
				});
				authority.expireNow();
			}
			await fleet.ask({ type: "close" });
		},
		20_000,
	);

	test("a fleet that starts with nothing signs in once, and leaves nothing running when it is closed", async () => {
		await using fleet = await startFleet(3, {
			api: api.url,
			redis: url,
			key: newKey(),
			hasSubscriber: true,
		});
		const reports = await fleet.ask({ type: "sign-in-once" });
		expect(reports.map(({ status }) => status)).toEqual(
			statuses(3, "authenticated"),
		);
		expect(authority.counters.signInRequests).toBe(1);
		expect((await fleet.ask(one)).flatMap(({ outcomes }) => outcomes)).toEqual(
			statuses(3),
		);
		// by itself: no timer, socket or listener keeps a process alive
		await fleet.ask({ type: "close" });
		expect(await Promise.all(fleet.workers.map(({ gone }) => gone))).toEqual(
			statuses(3, 0),
		);
	}, 20_000);

	test("B63 a holder killed before the server acted costs a lease, not the session", async () => {
		await using fleet = await start(2, shortLease);
		const [victim, other] = fleet.workers;
		authority.expireNow();
		authority.fail({ type: "slow", delayMs: 300 }, { on: "refresh" });
		victim.ask(one).catch(() => {});
		await hasCounted({ refreshRequests: 1 });
		victim.signal("SIGKILL");
		const report = await other.ask({ type: "fetch", count: 3 });
		expect(report.outcomes).toEqual(statuses(3));
		expect(authority.counters).toMatchObject({
			refreshRequests: 2,
			refreshes: 1,
			reuses: 0,
		});
	}, 20_000);

	test("B63 a holder killed after the server acted ends the session, and the error says in-doubt and not thief", async () => {
		await using fleet = await start(2, shortLease);
		const [victim, other] = fleet.workers;
		authority.expireNow();
		authority.fail({ type: "hang", isAfter: true }, { on: "refresh" });
		victim.ask(one).catch(() => {});
		await hasCounted({ refreshes: 1 });
		victim.signal("SIGKILL");
		const report = await other.ask(one);
		expect(report).toMatchObject({
			outcomes: ["in-doubt"],
			status: "unauthenticated",
			failure: "in-doubt",
		});
		expect(authority.counters).toMatchObject({ refreshRequests: 2, reuses: 1 });
		await expect.poll(() => stored(fleet.key)).toMatchObject({ access: null });
		// with credentials at hand the fleet is back in one step
		await other.ask({ type: "sign-in-once" });
		expect((await other.ask(one)).outcomes).toEqual([200]);
	}, 20_000);

	test("B62 a holder that thaws after its lease still brings the only live pair home", async () => {
		await using fleet = await start(2, shortLease);
		const [frozen, other] = fleet.workers;
		await using connection = await connect(url);
		authority.expireNow();
		authority.fail({ type: "slow", delayMs: 100 }, { on: "refresh" });
		const frozenReport = frozen.ask(one);
		await hasCounted({ refreshRequests: 1 });
		frozen.signal("SIGSTOP");
		const otherReport = other.ask(one);
		// the other has the next lease, has found the mark, and waits before it dares to send
		await expect
			.poll(
				() => connection.command("HGET", `keyturn:{${fleet.key}}`, "doubt"),
				{
					interval: 5,
					timeout: 5_000,
				},
			)
			.toBe("1");
		frozen.signal("SIGCONT");
		expect((await frozenReport).outcomes).toEqual([200]);
		expect(await otherReport).toMatchObject({ outcomes: [200], generation: 2 });
		expect(authority.counters).toMatchObject({ refreshRequests: 1, reuses: 0 });
	}, 20_000);

	test("B62 a holder that thaws after others have gone on cannot write", async () => {
		await using fleet = await start(2, shortLease);
		const [frozen, other] = fleet.workers;
		authority.expireNow();
		authority.fail({ type: "slow", delayMs: 100 }, { on: "refresh" });
		const frozenReport = frozen.ask(one);
		await hasCounted({ refreshRequests: 1 });
		frozen.signal("SIGSTOP");
		expect(await other.ask(one)).toMatchObject({ failure: "in-doubt" });
		await expect.poll(() => stored(fleet.key)).toMatchObject({ access: null });
		const tombstone = await stored(fleet.key);
		frozen.signal("SIGCONT");
		await frozenReport;
		expect(await frozen.ask(one)).toMatchObject({ status: "unauthenticated" });
		expect({ ...(await stored(fleet.key)), ageMs: 0 }).toEqual({
			...tombstone,
			ageMs: 0,
		});
		expect(authority.counters).toMatchObject({ refreshRequests: 2, reuses: 1 });
	}, 20_000);

	test("a process that is closed in the middle of a refresh brings it home first", async () => {
		await using fleet = await start(1);
		const [only] = fleet.workers;
		authority.expireNow();
		authority.fail({ type: "slow", delayMs: 200 }, { on: "refresh" });
		const report = only.ask(one);
		await hasCounted({ refreshRequests: 1 });
		await only.ask({ type: "close" });
		expect((await report).outcomes).toEqual(["closed"]);
		expect(await stored(fleet.key)).toMatchObject({ generation: 2 });
		expect(await only.gone).toBe(0);
	}, 20_000);

	/** Everything in it is gone, as with a cache that is not persisted. */
	const restart = async (whileDown: () => Promise<void> = async () => {}) => {
		const { port } = server;
		await server.stop();
		await whileDown();
		server = (await startRedis(port)) as RedisServer;
	};

	test("B65 Redis restarted empty in the middle of a refresh: one refresh, nobody signed out", async () => {
		await using fleet = await start(3, {
			redisOptions: { leaseMs: 1_500, commandTimeoutMs: 500 },
			refresh: { timeoutMs: 1_000 },
		});
		authority.expireNow();
		authority.fail({ type: "slow", delayMs: 500 }, { on: "refresh" });
		const reports = fleet.ask(one);
		await hasCounted({ refreshRequests: 1 });
		await restart();
		for (const { outcomes } of await reports)
			expect([200, "unavailable"]).toContain(outcomes[0]);
		for (const worker of fleet.workers)
			await expect
				.poll(() => worker.ask(one), { timeout: 5_000 })
				.toMatchObject({ outcomes: [200], generation: 2 });
		expect(authority.counters).toMatchObject({ refreshRequests: 1, reuses: 0 });
		expect(await stored(fleet.key)).toMatchObject({ generation: 2 });
	}, 20_000);

	test("B65 Redis restarted empty between two refreshes: the session is put back, and renewed once", async () => {
		await using fleet = await start(3, shortLease);
		await fleet.ask(one);
		await restart();
		authority.expireNow();
		for (const { outcomes } of await fleet.ask(one))
			expect([200, "unavailable"]).toContain(outcomes[0]);
		for (const worker of fleet.workers)
			await expect
				.poll(() => worker.ask(one), { timeout: 5_000 })
				.toMatchObject({ outcomes: [200], generation: 2 });
		expect(authority.counters).toMatchObject({ refreshRequests: 1, reuses: 0 });
	}, 20_000);

	test("B65 without Redis a good token is used, a bad one is not renewed, and nobody is signed out", async () => {
		await using fleet = await start(2, {
			redisOptions: { commandTimeoutMs: 100 },
		});
		await restart(async () => {
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
	}, 20_000);

	test("B65 with onUnavailable: 'local' a process renews alone, and brings Redis up to date by itself", async () => {
		await using fleet = await start(1, {
			redisOptions: { commandTimeoutMs: 100, onUnavailable: "local" },
		});
		const [only] = fleet.workers;
		await restart(async () => {
			authority.expireNow();
			expect(await only.ask(one)).toMatchObject({
				outcomes: [200],
				generation: 2,
			});
		});
		await expect
			.poll(() => stored(fleet.key), { timeout: 8_000 })
			.toMatchObject({ generation: 2 });
	}, 20_000);

	test("the same fleet without the package: the first expiry costs everybody the session", async () => {
		const nowMs = Date.now();
		await using fleet = await startFleet(3, {
			api: api.url,
			redis: null,
			key: "none",
			record: recordAt(nowMs),
		});
		authority.expireNow();
		await fleet.ask(one);
		expect(authority.counters.reuses).toBeGreaterThan(0);
		expect(authority.sessions[0]?.isRevoked).toBe(true);
	}, 20_000);
});
