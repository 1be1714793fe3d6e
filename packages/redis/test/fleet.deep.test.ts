/**
 * A fleet whose token expires everywhere at once, with the package and without: how many refreshes, how long until
 * everybody has an answer, and whether the session survives. Prints the table of the README.
 */
import type { SessionRecord } from "@keyturn/core";
import { createOAuth2Authority } from "@keyturn/testing";
import { startMockApi } from "@keyturn/testing/node";
import { startRedis } from "@keyturn/tooling/redis-server";
import { afterAll, describe, expect, test } from "vitest";
import { inMs, printTable, quantile } from "../bench/table.ts";
import { redisStore } from "../src/index.ts";
import { endFleets, startFleet } from "./fleet.ts";
import { protocolOf } from "./fleet-protocol.ts";
import { connect, newKey } from "./real-redis.ts";
import { patientFleet } from "./scene.ts";

const rounds = 20;
const server = await startRedis();
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
	const key = newKey();
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
		...patientFleet,
	});
	const results: Round[] = [];
	for (let round = 1; round <= rounds; round++) {
		const startMs = performance.now();
		const reports = await fleet.ask({ type: "fetch", count: 10 });
		const tookMs = performance.now() - startMs;
		for (const { outcomes } of reports)
			expect(new Set(outcomes)).toEqual(new Set([200]));
		expect(authority.counters).toMatchObject({
			refreshRequests: round,
			refreshes: round,
			reuses: 0,
		});
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

describe.skipIf(!server)("2, 8 and 32 processes, 20 rounds", () => {
	const rows: Record<string, string | number>[] = [];
	afterAll(async () => {
		await endFleets();
		await api.close();
		await server?.stop();
		printTable(rows);
	});

	test.each([2, 8, 32])(
		"B61 %i of them refresh once a round, and every request is answered",
		async (size) => {
			rows.push(await withPackage(size, false), await withPackage(size, true));
		},
	);

	test.each([2, 8, 32])(
		"%i without the package lose the session in every round",
		async (size) => {
			const row = await without(size);
			rows.push(row);
			expect(row["sessions lost"]).toBe(rounds);
		},
	);
});
