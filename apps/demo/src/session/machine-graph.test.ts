import { createAuth, type EventType, table } from "@keyturn/core";
import { oauth2 } from "@keyturn/protocols/oauth2";
import {
	createOAuth2Authority,
	createSeededRandom,
	virtualPlatform,
} from "@keyturn/testing";
import { expect, test } from "vitest";
import { type Edge, machineGraph, sameEdge } from "./machine-graph.ts";

test("has the table's statuses, and each of its events somewhere", () => {
	expect(machineGraph.statuses).toEqual(Object.keys(table));
	const events = new Set<EventType>(
		machineGraph.edges.map(({ event }) => event),
	);
	expect([...events].sort()).toEqual(
		[...new Set(Object.values(table).flatMap(Object.keys))].sort(),
	);
});

test("no edge leaves a cell in which the table ignores the event", () => {
	const wrong = machineGraph.edges.filter(
		({ from, event }) => table[from][event] === null,
	);
	expect(wrong).toEqual([]);
});

/** A session that lives through whatever comes: which steps does it take? */
async function walk(seed: number, steps: number): Promise<readonly Edge[]> {
	const random = createSeededRandom(seed);
	const platform = virtualPlatform({ seed });
	const authority = createOAuth2Authority({
		...platform.forServer,
		lifetimeMs: 100_000,
	});
	platform.network.connect(authority, "https://api.example.com");
	const auth = createAuth({
		protocol: oauth2({
			grant: "password",
			baseUrl: "https://api.example.com",
			tokenUrl: "/oauth/token",
			clientId: "public",
		}),
		platform,
		journalLimit: 10_000,
	});
	const nothing = () => {};
	const url = "https://api.example.com/api/echo";
	const deeds = [
		() =>
			auth
				.signIn({
					username: "user",
					password: random() < 0.8 ? "password" : "",
				})
				.catch(nothing),
		() => auth.signOut(),
		() => auth.refresh().catch(nothing),
		async () => {
			const grant = await Promise.resolve(auth.authorize(url)).catch(nothing);
			if (grant) await auth.renew(grant).catch(nothing);
		},
		() => platform.advance(random() * 90_000),
		() => authority.fail({ type: "status", status: 503 }, { on: "refresh" }),
		() => authority.fail({ type: "reset-after" }, { on: "refresh" }),
		() => authority.revokeAll(),
	];
	for (let step = 0; step < steps; step++) {
		void deeds[Math.floor(random() * deeds.length)]?.();
		if (random() < 0.6) await platform.advance(20);
	}
	await platform.advance(60_000);
	const { journal } = auth;
	auth.close();
	return journal.flatMap(({ event, status }, index): Edge[] => {
		const from = journal[index - 1]?.status;
		return from ? [{ from, to: status, event: event.type }] : [];
	});
}

test("no session takes a step that is not drawn", async () => {
	const seen: Edge[] = [];
	for (let seed = 1; seed <= 20; seed++) seen.push(...(await walk(seed, 120)));
	const strange = seen.filter(
		(edge) =>
			!machineGraph.edges.some((drawn) => sameEdge(drawn, edge)) &&
			// orders alone, such as the revocation of a late answer's tokens
			edge.from !== edge.to,
	);
	expect(strange).toEqual([]);
	expect(
		new Set(seen.map(({ from, to, event }) => `${from} ${to} ${event}`)).size,
	).toBeGreaterThan(12);
});
