/** What one authorised request costs while the token is good: all clients in one process, in turns. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createApi, origin } from "./api.ts";
import { type Client, clients } from "./client.ts";
import { loadPeer } from "./peers.ts";

export type Transport = "new Response" | "reused Response" | "loopback";

export interface ReadyResult {
	readonly transport: Transport;
	readonly client: string;
	/** One call, ns: the median of the rounds. Of the thread's CPU, over loopback of the wall clock. */
	readonly medianNs: number;
	/** The best round. */
	readonly bestNs: number;
	/** Median over the rounds of this client's time to that of the baseline in the same round. */
	readonly ratio: number;
}

export interface ReadyOptions {
	readonly rounds: number;
	readonly callsPerRound: number;
}

const median = (values: readonly number[]): number =>
	values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

export const baselineOf = (name: string): string =>
	/\bky\b/.test(name) ? "bare ky, no token" : "hand-written";

const wallNs = (): number => performance.now() * 1e6;

/** Of this thread: a machine that does something else as well cannot spoil it. */
const cpuNs = (): number => {
	const { user, system } = process.threadCpuUsage();
	return (user + system) * 1e3;
};

async function measure(
	transport: Transport,
	made: ReadonlyMap<string, Client>,
	{ rounds, callsPerRound }: ReadyOptions,
): Promise<ReadyResult[]> {
	const times = new Map([...made.keys()].map((name) => [name, [] as number[]]));
	const clock = transport === "loopback" ? wallNs : cpuNs;
	// one round more than is counted: the first is for the optimising compiler
	for (let round = -1; round < rounds; round++)
		for (const [name, client] of made) {
			globalThis.gc?.();
			const began = clock();
			for (let count = 0; count < callsPerRound; count++) await client.call();
			const took = (clock() - began) / callsPerRound;
			if (round >= 0) times.get(name)?.push(took);
		}
	return [...times].map(([client, own]) => ({
		transport,
		client,
		medianNs: median(own),
		bestNs: Math.min(...own),
		ratio: median(
			own.map(
				(ns, round) =>
					ns / (times.get(baselineOf(client))?.[round] ?? Number.NaN),
			),
		),
	}));
}

/** @param at where the clients believe the API to be */
async function create(at: string, names: (name: string) => boolean) {
	const made = new Map<string, Client>();
	for (const kind of clients)
		if (names(kind.name)) {
			const response = await fetch(`${at}/token`, { method: "POST" });
			made.set(
				kind.name,
				await kind.create({
					origin: at,
					tokens: await response.json(),
					load: loadPeer,
				}),
			);
		}
	return made;
}

export async function readyPath(
	stub: ReadyOptions,
	loopback: ReadyOptions,
): Promise<ReadyResult[]> {
	const native = globalThis.fetch;
	const api = createApi(0);
	globalThis.fetch = api.fetch;
	const all = await create(origin, () => true);
	const transparent = new Map(
		clients
			.filter(({ isTransparent }) => isTransparent)
			.map(({ name }) => [name, all.get(name) as Client]),
	);
	const results: ReadyResult[] = [];
	globalThis.fetch = async () => new Response(null);
	results.push(...(await measure("new Response", all, stub)));
	const reused = new Response(null);
	globalThis.fetch = async () => reused;
	results.push(...(await measure("reused Response", transparent, stub)));

	// over a real port: whoever asks for tokens gets some, and every token is good
	const answer = await (
		await api.fetch(`${origin}/token`, { method: "POST" })
	).text();
	const server = createServer((request, response) => {
		request.resume();
		response.setHeader("content-type", "application/json");
		response.end(request.url?.startsWith("/token") ? answer : '{"ok":true}');
	}).listen(0, "127.0.0.1");
	await new Promise((resolve) => server.once("listening", resolve));
	globalThis.fetch = native;
	const { port } = server.address() as AddressInfo;
	const made = await create(`http://127.0.0.1:${port}`, () => true);
	results.push(...(await measure("loopback", made, loopback)));
	server.closeAllConnections();
	server.close();
	return results;
}
