import { createAuth } from "@keyturn/core";
import { createAuthFetch, webPlatform } from "@keyturn/fetch";
import { createOAuth2Authority, createSeededRandom } from "@keyturn/testing";
import { startMockApi } from "@keyturn/testing/node";
import { startRedis } from "@keyturn/tooling/redis-server";
import { afterAll, describe, expect, test } from "vitest";
import { createUserSessions, redisAuth } from "../src/index.ts";
import { protocolOf } from "./fleet-protocol.ts";
import { connect, newKey, patient } from "./real-redis.ts";

const server = await startRedis();
const users = Array.from({ length: 100 }, (_, index) => `user-${index}`);
const authority = createOAuth2Authority({
	accounts: users.map((username) => ({ username, password: username })),
});
const api = await startMockApi({ api: authority });
afterAll(async () => {
	await api.close();
	await server?.stop();
});

describe.skipIf(!server)("one process for 100 users", () => {
	test("B43 B116 1,000 interleaved requests, tokens expiring all the while: each carries its own user's", async () => {
		await using connection = await connect(server?.url ?? "");
		const { client } = connection;
		const prefix = newKey();
		const protocol = protocolOf(api.url);
		// a quarter of them, so that sessions are let go and read again all the time
		const sessions = createUserSessions({
			limit: 25,
			open(user) {
				// a thousand at once wait for the processor too, not only for their refresh
				const fleet = redisAuth({
					...patient,
					client,
					key: user,
					prefix,
					leaseMs: 200_000,
				});
				const auth = createAuth({
					protocol,
					platform: webPlatform({ sendTimeoutMs: 100_000 }),
					...fleet,
					refresh: {
						...fleet.refresh,
						minIntervalMs: 0,
						timeoutMs: 100_000,
						deadlineMs: 110_000,
						lockWaitMs: 110_000,
					},
				});
				return {
					auth,
					fleet,
					fetch: createAuthFetch(auth, { auth: "required" }),
					close: auth.close,
				};
			},
		});
		const next = createSeededRandom(7);
		const requests = Array.from(
			{ length: 1_000 },
			() => users[Math.floor(next() * users.length)] ?? "",
		);
		let signIns = 0;
		const answers: (readonly [string, unknown])[] = [];
		const runners = Array.from({ length: 50 }, async () => {
			for (let user = requests.pop(); user; user = requests.pop()) {
				if (requests.length % 100 === 50) authority.expireNow();
				answers.push([
					user,
					await sessions.use(user, async ({ auth, fleet, fetch }) => {
						await auth.ready;
						if (auth.state.status === "unauthenticated") {
							signIns++;
							await fleet.signInOnce(auth, { username: user, password: user });
						}
						for (;;) {
							const answer = await fetch(`${api.url}/api/me`);
							if (answer.status === 200) return (await answer.json()).sub;
							// expired again between the refresh and the replay
							expect(answer.status).toBe(401);
						}
					}),
				]);
			}
		});
		await Promise.all(runners);
		expect(answers).toHaveLength(1_000);
		expect(answers.filter(([user, sub]) => user !== sub)).toEqual([]);
		expect(sessions.size).toBe(25);
		expect(authority.counters.reuses).toBe(0);
		expect(authority.counters.signIns).toBe(new Set(users).size);
		expect(signIns).toBeGreaterThanOrEqual(users.length);
		expect(authority.counters.refreshes).toBeGreaterThan(100);
		sessions.close();
	});
});
