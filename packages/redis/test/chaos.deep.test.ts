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
import { patientFleet } from "./scene.ts";

const rounds = 40;
const size = 4;
const seed = Number(process.env.CHAOS_SEED ?? 20_260_715);
/** The shortest time-out of the fleet, ms. Who takes longer than that may have been taken for gone. */
const commandTimeoutMs = 300;

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
		const session = { api: api.url, redis: server.url, key };
		/** In the chaos: leases end, commands and requests are given up. */
		const hasty = {
			...session,
			hasSubscriber: true,
			redisOptions: { leaseMs: 600, commandTimeoutMs },
			refresh: { timeoutMs: 400, deadlineMs: 4_000 },
		};
		/** When all is well again: whatever goes wrong now is no matter of a busy machine. */
		const calm = { ...session, hasSubscriber: true, ...patientFleet };
		const one = { type: "fetch", count: 3 } as const;
		const signIn = { type: "sign-in-once" } as const;
		let fleet: Fleet = await startFleet(size, calm);
		await fleet.ask(signIn);
		const seen: Record<string, number> = {};
		const count = (what: string) => {
			seen[what] = (seen[what] ?? 0) + 1;
		};

		for (let round = 0; round < rounds; round++) {
			await fleet[Symbol.asyncDispose]();
			fleet = await startFleet(size, hasty);
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
			const reports = await Promise.all(answers);
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
			const isSlow = reports.some(
				(report) => !report || report.tookMs >= commandTimeoutMs,
			);
			const isDisturbed = isCause || action !== "nothing" || isSlow;
			if (!isDisturbed) count("undisturbed rounds");
			if (!isDisturbed)
				expect(authority.counters.refreshRequests, place).toBeLessThanOrEqual(
					refreshRequests + (fault?.type === "status" ? 2 : 1),
				);
			// S4: nobody is blamed without a cause
			if (authority.counters.reuses > reuses) {
				count("reuses");
				expect(isDisturbed, place).toBe(true);
			}
			fleet = await startFleet(size, calm);
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
				expect(isDisturbed, place).toBe(true);
				expect(authority.sessions.at(-1)?.isRevoked, place).toBe(true);
				await fleet.ask(signIn);
				expect(authority.counters.signIns, place).toBe(signIns + 1);
			} else {
				count("sessions kept");
				expect(authority.counters.signIns, place).toBe(signIns);
			}
			// L3: in the end everybody is in
			for (const worker of fleet.workers)
				await expect
					.poll(async () => (await worker.ask(one)).outcomes, {
						message: place,
					})
					.toEqual([200, 200, 200]);
		}
		console.log(`seed ${seed}`, seen);
		expect(seen["sessions kept"]).toBeGreaterThan(0);
	});
});
