/** Random faults at the API, at Redis and at the processes, one of each at a time, and what has to hold afterwards. */
import {
	createOAuth2Authority,
	createSeededRandom,
	type Fault,
} from "@keyturn/testing";
import { startMockApi } from "@keyturn/testing/node";
import { type RedisServer, startRedis } from "@keyturn/tooling/redis-server";
import { afterAll, describe, expect, test } from "vitest";
import { endFleets, type Fleet, startFleet } from "./fleet.ts";
import { connect, newKey, wait } from "./real-redis.ts";

const rounds = 40;
const size = 4;
const seed = Number(process.env.CHAOS_SEED ?? Date.now() % 1_000_000);

let server = (await startRedis()) as RedisServer;
const authority = createOAuth2Authority();
const api = await startMockApi({ api: authority });
afterAll(async () => {
	await endFleets();
	await api.close();
	await server?.stop();
});

/** Of the API, at the next refresh. `isCause`: the server may have acted without anybody knowing. */
const faults: readonly { fault: Fault | null; isCause: boolean }[] = [
	{ fault: null, isCause: false },
	{ fault: { type: "slow", delayMs: 200 }, isCause: false },
	{ fault: { type: "status", status: 503 }, isCause: false },
	{ fault: { type: "reset-before" }, isCause: true },
	{ fault: { type: "reset-after" }, isCause: true },
	{ fault: { type: "half-body" }, isCause: true },
	{ fault: { type: "hang", isAfter: true }, isCause: true },
];

const actions = [
	"nothing",
	"kill",
	"freeze",
	"freeze Redis",
	"restart Redis",
	"cut connections",
] as const;

describe.skipIf(!server)("chaos", () => {
	test(`${rounds} rounds, CHAOS_SEED=${seed}`, async () => {
		const random = createSeededRandom(seed);
		const pick = <T>(list: readonly T[]): T =>
			list[Math.floor(random() * list.length)] as T;
		const key = newKey();
		const options = {
			api: api.url,
			redis: server.url,
			key,
			hasSubscriber: true,
			redisOptions: { leaseMs: 600, commandTimeoutMs: 300 },
			refresh: { timeoutMs: 400, deadlineMs: 4_000 },
		};
		const one = { type: "fetch", count: 3 } as const;
		const signIn = { type: "sign-in-once" } as const;
		let fleet: Fleet = await startFleet(size, options);
		await fleet.ask(signIn);
		const seen: Record<string, number> = {};
		const count = (what: string) => {
			seen[what] = (seen[what] ?? 0) + 1;
		};

		for (let round = 0; round < rounds; round++) {
			const { fault, isCause } = pick(faults);
			const action = pick(actions);
			const delayMs = random() * 300;
			const lengthMs = random() * 1_200;
			const place = `round ${round}: ${fault?.type ?? "no fault"}, ${action} after ${delayMs.toFixed(0)} ms for ${lengthMs.toFixed(0)} ms`;
			const { signIns, reuses, refreshRequests } = authority.counters;
			const takeBack = fault ? authority.fail(fault, { on: "refresh" }) : null;
			authority.expireNow();

			const answers = fleet.workers.map((worker) =>
				worker.ask(one).catch(() => null),
			);
			await wait(delayMs);
			const victim = pick(fleet.workers);
			switch (action) {
				case "kill":
					victim.signal("SIGKILL");
					break;
				case "freeze":
					victim.signal("SIGSTOP");
					await wait(lengthMs);
					victim.signal("SIGCONT");
					break;
				case "freeze Redis":
					process.kill(server.pid, "SIGSTOP");
					await wait(lengthMs);
					process.kill(server.pid, "SIGCONT");
					break;
				case "restart Redis": {
					const { port } = server;
					await server.stop();
					server = (await startRedis(port)) as RedisServer;
					break;
				}
				case "cut connections": {
					await using connection = await connect(server.url);
					await connection.command("CLIENT", "KILL", "TYPE", "normal");
					break;
				}
				case "nothing":
			}
			await Promise.all(answers);
			takeBack?.();
			if (action === "restart Redis") {
				// told by their connection that it is back, those who have the session put it there again
				await using connection = await connect(server.url);
				await expect
					.poll(
						() => connection.command("HEXISTS", `keyturn:{${key}}`, "epoch"),
						{
							message: place,
						},
					)
					.toBe(1);
			}

			// those that live, and new ones for those that do not
			await fleet[Symbol.asyncDispose]();
			const isDisturbed = isCause || action !== "nothing";
			if (!isDisturbed)
				expect(authority.counters.refreshRequests, place).toBeLessThanOrEqual(
					refreshRequests + (fault?.type === "status" ? 2 : 1),
				);
			// S4: nobody is blamed without a cause
			if (authority.counters.reuses > reuses) {
				count("reuses");
				expect(isDisturbed, place).toBe(true);
			}
			fleet = await startFleet(size, options);
			// S8: nobody is signed out without a refusal of the server
			for (const worker of fleet.workers) {
				await expect
					.poll(
						async () => {
							const { status } = await worker.ask(one);
							return status === "unauthenticated" || status === "authenticated";
						},
						{ message: place },
					)
					.toBe(true);
			}
			const statuses = new Set(
				(await fleet.ask(one)).map(({ status }) => status),
			);
			if (statuses.has("unauthenticated")) {
				count("sessions lost");
				expect(authority.sessions.at(-1)?.isRevoked, place).toBe(true);
				await fleet.ask(signIn);
				expect(authority.counters.signIns, place).toBe(signIns + 1);
			} else {
				count("sessions kept");
				expect(authority.counters.signIns, place).toBe(signIns);
			}
			// L3: in the end everybody is in
			for (const { outcomes } of await fleet.ask(one))
				expect(outcomes, place).toEqual([200, 200, 200]);
		}
		console.log(`seed ${seed}`, seen);
		expect(seen["sessions kept"]).toBeGreaterThan(rounds / 3);
	});
});
