import { spawn } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
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
	const at = port || (await freePort());
	const child = spawn(
		bin,
		["--port", `${at}`, "--bind", "127.0.0.1", "--save", ""],
		{ stdio: "ignore" },
	);
	const gone = once(child, "exit");
	// A test run that dies leaves no server behind.
	const kill = () => child.kill("SIGKILL");
	process.once("exit", kill);
	for (let attempts = 0; !(await answersPing(at)); attempts++) {
		if (attempts > 250 || child.exitCode !== null || child.pid === undefined) {
			kill();
			throw new Error(`${bin} did not start`);
		}
		await new Promise((resolve) => setTimeout(resolve, 20));
	}
	const stop = async () => {
		child.kill("SIGCONT"); // a stopped process would never see the next signal
		child.kill("SIGTERM");
		await gone;
		process.off("exit", kill);
	};
	return {
		url: `redis://127.0.0.1:${at}`,
		port: at,
		pid: child.pid as number,
		stop,
		[Symbol.asyncDispose]: stop,
	};
}

async function freePort(): Promise<number> {
	const server = createServer().listen(0, "127.0.0.1");
	await once(server, "listening");
	const { port } = server.address() as AddressInfo;
	server.close();
	await once(server, "close");
	return port;
}

function answersPing(port: number): Promise<boolean> {
	return new Promise((resolve) => {
		const socket = connect(port, "127.0.0.1", () => socket.write("PING\r\n"));
		socket.once("data", (data) => {
			socket.destroy();
			resolve(data.toString().startsWith("+PONG"));
		});
		socket.once("error", () => resolve(false));
		socket.once("close", () => resolve(false));
	});
}
