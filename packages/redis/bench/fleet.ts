/**
 * A fleet whose token expires at once everywhere, with the package and without: how many refreshes, how long until
 * everybody has an answer, and whether the session survives. Asserts; ends with 1 when a promise is broken.
 */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import type { SessionRecord } from "@keyturn/core";
import { createOAuth2Authority } from "@keyturn/testing";
import { startMockApi } from "@keyturn/testing/node";
import { startRedis } from "@keyturn/tooling/redis-server";
import { redisStore } from "../src/index.ts";
import { endFleets, startFleet } from "../test/fleet.ts";
import { protocolOf } from "../test/fleet-protocol.ts";
import { connect } from "../test/real-redis.ts";
import { inMs, printTable, quantile } from "./table.ts";

const rounds = Number(process.argv[2] ?? 20);
const sizes = (process.argv[3] ?? "2,8,32").split(",").map(Number);

const server = await startRedis();
if (!server) process.exit(0);
const authority = createOAuth2Authority();
const api = await startMockApi({ api: authority });
const hour = 3_600_000;

const record = (ageMs: number): SessionRecord => ({
	...authority.issue("user"),
	schema: 1,
	protocol: protocolOf(api.url).name,
	epoch: 1,
	generation: 1,
	receivedAtMs: Date.now() - ageMs,
	signedInAtMs: Date.now() - ageMs,
	lifetimeMs: hour,
	isPasswordExpired: false,
	user: null,
});

interface Round {
	readonly tookMs: number;
	readonly commands: number;
}

async function withPackage(size: number, hasSubscriber: boolean) {
	authority.reset();
	const key = `bench:${randomUUID()}`;
	await using connection = await connect(server?.url ?? "");
	// expired by the clock at the start, by the server's word in the rounds that follow
	await redisStore({ client: connection.client, key }).swap(
		null,
		record(hour + 1),
	);
	await using fleet = await startFleet(size, {
		api: api.url,
		redis: server?.url ?? "",
		key,
		hasSubscriber,
	});
	const results: Round[] = [];
	for (let round = 1; round <= rounds; round++) {
		const startMs = performance.now();
		const reports = await fleet.ask({ type: "fetch", count: 10 });
		const tookMs = performance.now() - startMs;
		for (const { outcomes } of reports)
			assert.deepEqual(new Set(outcomes), new Set([200]));
		assert.equal(authority.counters.refreshRequests, round);
		assert.equal(authority.counters.refreshes, round);
		assert.equal(authority.counters.reuses, 0);
		const commands = reports.reduce((sum, report) => sum + report.commands, 0);
		results.push({ tookMs, commands });
		authority.expireNow();
	}
	return {
		processes: size,
		fleet: hasSubscriber ? "Keyturn, with messages" : "Keyturn, polling",
		rounds,
		"refresh requests": authority.counters.refreshRequests,
		"sessions lost": authority.sessions.filter((one) => one.isRevoked).length,
		"requests answered 200": `${rounds * size * 10} of ${rounds * size * 10}`,
		"wall time p50, ms": inMs(
			quantile(
				results.map((one) => one.tookMs),
				0.5,
			),
		),
		"max, ms": inMs(Math.max(...results.map((one) => one.tookMs))),
		"Redis commands per round and process": (
			results.reduce((sum, one) => sum + one.commands, 0) /
			rounds /
			size
		).toFixed(1),
	};
}

async function without(size: number) {
	authority.reset();
	const tookMs: number[] = [];
	let good = 0;
	let lost = 0;
	for (let round = 1; round <= rounds; round++) {
		// a session anew in each round: the last one is lost
		const { length } = authority.sessions;
		await using fleet = await startFleet(size, {
			api: api.url,
			redis: null,
			key: "none",
			record: record(0),
		});
		authority.expireNow();
		const startMs = performance.now();
		const reports = await fleet.ask({ type: "fetch", count: 10 });
		tookMs.push(performance.now() - startMs);
		good += reports
			.flatMap(({ outcomes }) => outcomes)
			.filter((one) => one === 200).length;
		if (authority.sessions[length]?.isRevoked) lost++;
	}
	return {
		processes: size,
		fleet: "each for itself",
		rounds,
		"refresh requests": authority.counters.refreshRequests,
		"sessions lost": lost,
		"requests answered 200": `${good} of ${rounds * size * 10}`,
		"wall time p50, ms": inMs(quantile(tookMs, 0.5)),
		"max, ms": inMs(Math.max(...tookMs)),
		"Redis commands per round and process": "-",
	};
}

try {
	const rows = [];
	for (const size of sizes)
		rows.push(
			await withPackage(size, false),
			await withPackage(size, true),
			await without(size),
		);
	printTable(rows);
} finally {
	await endFleets();
	await api.close();
	await server.stop();
}
