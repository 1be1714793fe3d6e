import { connect } from "node:net";
import { expect, test } from "vitest";
import { startRedis } from "./redis-server.ts";

test("starts a Redis on loopback, and nothing is left of it afterwards", async ({
	skip,
}) => {
	const redis = await startRedis();
	if (!redis) return skip("no redis-server on this machine");
	expect(redis.url).toBe(`redis://127.0.0.1:${redis.port}`);
	expect(await say(redis.port, "SET a 1\r\n")).toBe("+OK\r\n");
	await redis.stop();
	await expect(say(redis.port, "PING\r\n")).rejects.toThrow("ECONNREFUSED");

	const again = await startRedis(redis.port);
	expect(await say(redis.port, "GET a\r\n")).toBe("$-1\r\n");
	await again?.stop();
});

function say(port: number, line: string): Promise<string> {
	return new Promise((resolve, reject) => {
		const socket = connect(port, "127.0.0.1", () => socket.write(line));
		socket.once("error", reject);
		socket.once("data", (data) => {
			resolve(data.toString());
			socket.destroy();
		});
	});
}
