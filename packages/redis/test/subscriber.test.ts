import { startRedis } from "@keyturn/tooling/redis-server";
import { Redis as IoRedis } from "ioredis";
import { createClient } from "redis";
import { describe, expect, test, vi } from "vitest";
import { type RedisSubscriber, redisStore } from "../src/index.ts";
import { connect, kinds, newKey } from "./real-redis.ts";

const server = await startRedis();
await server?.stop();

const nothing = () => {};

/** Clients that refuse what they are given while they are not connected, instead of queueing it. */
const refusing = {
	redis(url: string) {
		const client = createClient({
			url,
			disableOfflineQueue: true,
			socket: { reconnectStrategy: 50 },
		});
		client.on("error", nothing);
		client.connect().catch(nothing);
		return { client, close: () => client.destroy() };
	},
	ioredis(url: string) {
		const client = new IoRedis(url, {
			enableOfflineQueue: false,
			retryStrategy: () => 50,
		});
		client.on("error", nothing);
		return { client, close: () => client.disconnect() };
	},
};

describe.skipIf(!server).each(kinds)("a subscriber, on %s", (kind) => {
	const { url = "", port } = server ?? {};

	test("B65 that found no Redis at its start hears the others as soon as there is one", async () => {
		const { client, close } = refusing[kind](url);
		const subscriber: RedisSubscriber = client;
		const subscribe = vi.spyOn(client, "subscribe");
		const key = newKey();
		const heard = vi.fn();
		const stop = redisStore({
			client: async () => {},
			subscriber,
			key,
		}).subscribe?.(heard);
		await expect(subscribe.mock.results[0]?.value).rejects.toThrow();
		await using _redis = await startRedis(port);
		await using other = await connect(url, kind);
		await expect
			.poll(() => other.command("PUBLISH", `keyturn:{${key}}:changed`, "x"))
			.toBe(1);
		heard.mockClear();
		await other.command("PUBLISH", `keyturn:{${key}}:changed`, "x");
		await expect.poll(() => heard.mock.calls.length).toBeGreaterThan(0);
		stop?.();
		await expect
			.poll(() => other.command("PUBLISH", `keyturn:{${key}}:changed`, "x"))
			.toBe(0);
		close();
	});
});
