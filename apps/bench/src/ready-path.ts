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
	/** One call, ns: the median of the rounds. */
	readonly medianNs: number;
	/** The best round. */
	readonly bestNs: number;
	/** The median to that of the baseline. */
	readonly ratio: number;
}

/** Many short rounds: what else the machine does then falls into few of them, and the median does not see it. */
export interface ReadyOptions {
	readonly rounds: number;
	readonly callsPerRound: number;
}

const median = (values: readonly number[]): number =>
	values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

const header = "hand-written, header only";

export const baselineOf = (name: string): string =>
	/\bky\b/.test(name) ? "bare ky, no token" : header;

async function measure(
	transport: Transport,
	made: ReadonlyMap<string, Client>,
	{ rounds, callsPerRound }: ReadyOptions,
): Promise<ReadyResult[]> {
	const times = new Map([...made.keys()].map((name) => [name, [] as number[]]));
	const turns = [...made];
	// the first rounds are for the optimising compiler
	const warmUp = Math.ceil(rounds / 10);
	for (let round = -warmUp; round < rounds; round++) {
		// forth and back: nobody always comes after the same one, nor finds the same garbage
		turns.reverse();
		for (const [name, client] of turns) {
			const began = performance.now();
			for (let count = 0; count < callsPerRound; count++) await client.call();
			const took = ((performance.now() - began) * 1e6) / callsPerRound;
			if (round >= 0) times.get(name)?.push(took);
		}
	}
	return [...times].map(([client, own]) => ({
		transport,
		client,
		medianNs: median(own),
		bestNs: Math.min(...own),
		ratio: median(own) / median(times.get(baselineOf(client)) ?? []),
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
	// longer than a client waits for its turn: a connection that is closed just then is a reset
	const server = createServer(
		{ keepAliveTimeout: 300_000 },
		(request, response) => {
			request.resume();
			response.setHeader("content-type", "application/json");
			response.end(request.url?.startsWith("/token") ? answer : '{"ok":true}');
		},
	).listen(0, "127.0.0.1");
	await new Promise((resolve) => server.once("listening", resolve));
	globalThis.fetch = native;
	const { port } = server.address() as AddressInfo;
	const made = await create(`http://127.0.0.1:${port}`, () => true);
	results.push(...(await measure("loopback", made, loopback)));
	server.closeAllConnections();
	server.close();
	return results;
}
