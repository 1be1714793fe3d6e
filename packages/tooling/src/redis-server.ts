import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { findOnPath } from "./find-on-path.ts";

export interface RedisServer extends AsyncDisposable {
	/** `redis://127.0.0.1:<port>` */
	readonly url: string;
	readonly port: number;
	/** For tests that stop, continue or kill it. */
	readonly pid: number;
	/** Ends it, and resolves when it is gone. */
	stop(): Promise<void>;
}

/** `$REDIS_SERVER` (a path or `off`), else the machine's own. */
export function findRedis(): string | undefined {
	const bin =
		process.env.REDIS_SERVER ?? findOnPath(["valkey-server", "redis-server"]);
	return bin === "off" ? undefined : bin;
}

/**
 * A throw-away server in memory, on loopback. Where there is none it prints a line and gives `undefined`.
 *
 * @param port 0 for a free one; a given one lets a test start a server again where the last one was.
 */
export async function startRedis(port = 0): Promise<RedisServer | undefined> {
	const bin = findRedis();
	if (!bin) {
		console.warn("no redis-server: the tests on a real one are left out");
		return undefined;
	}
	for (let attempts = 1; attempts <= 20; attempts++) {
		const server = await startAt(bin, port || somePort());
		if (server) return server;
		await wait(100);
	}
	throw new Error(`${bin} did not start`);
}

/** Below those that systems give to whoever asks for any: nobody gets it by chance, now or between two servers. */
function somePort(): number {
	return 20_000 + Math.floor(Math.random() * 10_000);
}

/** `undefined`: it has ended, as it does on a port that somebody has. */
async function startAt(
	bin: string,
	port: number,
): Promise<RedisServer | undefined> {
	const child = spawn(
		bin,
		["--port", `${port}`, "--bind", "127.0.0.1", "--save", ""],
		{ stdio: "ignore" },
	);
	let isGone = false;
	const gone = once(child, "exit").finally(() => {
		isGone = true;
	});
	gone.catch(() => {}); // no such program: gone as well
	// A test run that dies leaves no server behind.
	const kill = () => child.kill("SIGKILL");
	process.once("exit", kill);
	const endMs = performance.now() + 60_000;
	while (!isGone && (await processAt(port)) !== child.pid) {
		if (performance.now() > endMs) kill();
		await wait(20);
	}
	if (isGone) {
		process.off("exit", kill);
		return undefined;
	}
	const stop = async () => {
		child.kill("SIGCONT"); // a stopped process would never see the next signal
		child.kill("SIGTERM");
		await gone;
		process.off("exit", kill);
	};
	return {
		url: `redis://127.0.0.1:${port}`,
		port,
		pid: child.pid as number,
		stop,
		[Symbol.asyncDispose]: stop,
	};
}

const wait = (ms: number): Promise<void> =>
	new Promise((resolve) => setTimeout(resolve, ms));

/** The process of the Redis that answers there: another one, of another test, would answer a PING as well. */
function processAt(port: number): Promise<number | undefined> {
	return new Promise((resolve) => {
		let text = "";
		const socket = connect(port, "127.0.0.1", () =>
			socket.write("INFO server\r\n"),
		);
		socket.setTimeout(1_000, () => socket.destroy());
		socket.on("data", (data) => {
			text += data.toString();
			const found = /^process_id:(\d+)\r$/m.exec(text)?.[1];
			if (found === undefined) return;
			socket.destroy();
			resolve(Number(found));
		});
		socket.once("error", () => resolve(undefined));
		socket.once("close", () => resolve(undefined));
	});
}
