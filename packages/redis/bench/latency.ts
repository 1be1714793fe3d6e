/** What the session costs a request: on the ready path, and where Redis is asked. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { createAuth } from "@keyturn/core";
import { webPlatform } from "@keyturn/fetch";
import { createOAuth2Authority } from "@keyturn/testing";
import { startMockApi } from "@keyturn/testing/node";
import { startRedis } from "@keyturn/tooling/redis-server";
import { redisAuth } from "../src/index.ts";
import { protocolOf } from "../test/fleet-protocol.ts";
import { connect } from "../test/real-redis.ts";
import { inMs, printTable, quantile } from "./table.ts";

const server = await startRedis();
if (!server) process.exit(0);
const authority = createOAuth2Authority();
const api = await startMockApi({ api: authority });
const url = `${api.url}/api/me`;
const protocol = protocolOf(api.url);

const connection = await connect(server.url);
const key = `bench:${randomUUID()}`;

function start() {
	let commands = 0;
	const fleet = redisAuth({
		client: (args) => {
			commands++;
			return connection.command(...args);
		},
		key,
	});
	const auth = createAuth({
		protocol,
		platform: webPlatform(),
		...fleet,
		refresh: { ...fleet.refresh, minIntervalMs: 0 },
	});
	return { auth, fleet, commands: () => commands };
}

async function measure(
	what: string,
	times: number,
	commands: () => number,
	step: () => unknown,
	/** What belongs to the step, and is not waited for by those who take it. */
	rest: () => unknown = () => {},
): Promise<Record<string, string | number>> {
	const tookMs: number[] = [];
	const before = commands();
	for (let index = 0; index < times; index++) {
		const startMs = performance.now();
		await step();
		tookMs.push(performance.now() - startMs);
		await rest();
	}
	return {
		step: what,
		times,
		"p50, ms": inMs(quantile(tookMs, 0.5)),
		"p99, ms": inMs(quantile(tookMs, 0.99)),
		"Redis commands each": ((commands() - before) / times).toFixed(2),
	};
}

try {
	const rows = [];
	let coldCommands = 0;
	const { auth, fleet, commands } = start();
	/** Its lease is given back. */
	const idle = () => fleet[Symbol.asyncDispose]();
	await fleet.signInOnce(auth, { username: "user", password: "password" });

	// synchronous: measured as a whole, since one call is shorter than the clock's step
	const calls = 1_000_000;
	const before = commands();
	const startMs = performance.now();
	for (let index = 0; index < calls; index++) auth.authorize(url);
	const each = (performance.now() - startMs) / calls;
	assert.equal(commands() - before, 0);
	rows.push({
		step: "authorize, token good",
		times: calls,
		"p50, ms": each.toFixed(5),
		"p99, ms": "-",
		"Redis commands each": "0.00",
	});
	rows.push(
		await measure(
			"PING (for comparison)",
			500,
			() => 0,
			() => connection.command("PING"),
		),
	);
	rows.push(
		await measure(
			"cold start: createAuth until ready",
			500,
			() => coldCommands,
			async () => {
				const { auth, commands } = start();
				await auth.ready;
				assert.equal(auth.state.status, "authenticated");
				auth.close();
				coldCommands += commands();
			},
		),
		await measure(
			"refresh, with the token request",
			500,
			commands,
			() => auth.refresh(),
			idle,
		),
	);
	const other = start();
	await other.auth.ready;
	const { generation } = other.auth.state;
	const renewElsewhere = async () => {
		await auth.refresh();
		await idle();
	};
	await renewElsewhere();
	rows.push(
		await measure(
			"another process's refresh taken over after a 401",
			200,
			other.commands,
			async () => {
				const grant = other.auth.authorize(url);
				assert.ok(grant && !(grant instanceof Promise));
				assert.ok(await other.auth.renew(grant));
			},
			renewElsewhere,
		),
	);
	assert.ok(other.auth.state.generation > generation);
	assert.equal(authority.counters.refreshes, 701);
	printTable(rows);
	auth.close();
	other.auth.close();
} finally {
	await connection[Symbol.asyncDispose]();
	await api.close();
	await server.stop();
}
