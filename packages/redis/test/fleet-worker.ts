/** One process of a fleet, told what to do by its parent. Started by fleet.ts. */
import { parentPort } from "node:worker_threads";
import {
	createAuth,
	createMemoryStore,
	isAuthError,
	type RefreshPolicy,
	type SessionRecord,
} from "@keyturn/core";
import { createAuthFetch, webPlatform } from "@keyturn/fetch";
import { createClient } from "redis";
import {
	type RedisAuth,
	type RedisAuthOptions,
	redisAuth,
} from "../src/index.ts";
import { protocolOf } from "./fleet-protocol.ts";

export interface SessionOptions {
	readonly api: string;
	/** `null`: each process for itself, with the session it is given. */
	readonly redis: string | null;
	readonly record?: SessionRecord;
	readonly key: string;
	readonly hasSubscriber?: boolean;
	readonly redisOptions?: Partial<RedisAuthOptions>;
	readonly refresh?: RefreshPolicy;
	/** How many times longer its session's timers take: a back-off that another process surely comes before. Default 1. */
	readonly timers?: number;
}

export type Order =
	| { readonly type: "open"; readonly options: SessionOptions }
	| { readonly type: "sign-in-once" }
	/** Requests at once. */
	| { readonly type: "fetch"; readonly count: number }
	/** Closes everything, and nothing more: the process has to end by itself. */
	| { readonly type: "close" };

export interface Report {
	/** Of each request: its status, or the code of its error. */
	readonly outcomes: readonly (number | string)[];
	readonly status: string;
	/** Of the session's last failure. */
	readonly failure: string | null;
	readonly generation: number;
	readonly tookMs: number;
	/** Commands that were sent to Redis meanwhile. */
	readonly commands: number;
}

let commands = 0;
/** By address: kept from one session to the next, as a server would. */
const clients = new Map<string, ReturnType<typeof connect>>();

async function connect(url: string) {
	const client = createClient({ url, socket: { reconnectStrategy: 50 } });
	client.on("error", () => {});
	await client.connect();
	return client;
}

const clientOf = (url: string, use: string): ReturnType<typeof connect> => {
	const name = `${use} ${url}`;
	const client = clients.get(name) ?? connect(url);
	clients.set(name, client);
	return client;
};

async function fleetOf({
	redis,
	key,
	hasSubscriber,
	redisOptions,
}: SessionOptions): Promise<RedisAuth | null> {
	if (redis === null) return null;
	const client = await clientOf(redis, "commands");
	return redisAuth({
		client: (args) => {
			commands++;
			return client.sendCommand(args);
		},
		subscriber: hasSubscriber ? await clientOf(redis, "messages") : undefined,
		key,
		...redisOptions,
	});
}

async function start(options: SessionOptions) {
	const { api, record, refresh, timers = 1 } = options;
	// what a frozen process was sent is still there when it thaws, however long that was
	const web = webPlatform({ sendTimeoutMs: 300_000 });
	const fleet = await fleetOf(options);
	const store = createMemoryStore();
	if (record) store.swap(null, record);
	const auth = createAuth({
		protocol: protocolOf(api),
		platform: {
			...web,
			schedule: (delayMs, callback, how) =>
				web.schedule(delayMs * timers, callback, how),
		},
		store,
		...fleet,
		refresh: { eager: false, minIntervalMs: 0, ...refresh },
	});
	await auth.ready;
	const authFetch = createAuthFetch(auth, { auth: "required" });
	return {
		auth,
		fleet,
		async request(): Promise<number | string> {
			try {
				const answer = await authFetch(`${api}/api/me`);
				await answer.body?.cancel();
				return answer.status;
			} catch (error) {
				return isAuthError(error) ? error.code : String(error);
			}
		},
	};
}

let session: Awaited<ReturnType<typeof start>> | undefined;

async function carryOut(order: Order): Promise<(number | string)[]> {
	switch (order.type) {
		case "open":
			session?.auth.close();
			session = await start(order.options);
			return [];
		case "sign-in-once":
			if (session)
				await session.fleet?.signInOnce(session.auth, {
					username: "user",
					password: "password",
				});
			return [];
		case "fetch":
			return Promise.all(
				Array.from(
					{ length: order.count },
					() => session?.request() ?? "not open",
				),
			);
		case "close":
			session?.auth.close();
			await session?.fleet?.[Symbol.asyncDispose]();
			for (const client of clients.values()) (await client).destroy();
			return [];
	}
}

/** A process of its own, one of a cluster, or a thread. */
const parent = parentPort ?? process;
const tell = (message: unknown): void => {
	if (parentPort) parentPort.postMessage(message);
	else process.send?.(message);
};

// a test run that dies leaves no process behind
let isClosing = false;
process.once("disconnect", () => {
	if (!isClosing) process.exit(1);
});

parent.on("message", async ({ id, order }: { id: number; order: Order }) => {
	const startMs = performance.now();
	const before = commands;
	const outcomes = await carryOut(order);
	tell({
		id,
		report: {
			outcomes,
			status: session?.auth.state.status ?? "",
			failure: session?.auth.state.failure?.code ?? null,
			generation: session?.auth.state.generation ?? 0,
			tookMs: performance.now() - startMs,
			commands: commands - before,
		} satisfies Report,
	});
	if (order.type === "close") {
		isClosing = true;
		parentPort?.close();
		process.disconnect?.();
	}
});
tell("ready");
