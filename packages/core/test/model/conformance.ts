/**
 * The model against the real thing: the same actions go to real sessions (`createAuth`, `defineStore`) and to the model,
 * which may do what follows in any order. What the real sessions show must be among what the model allows, or the model
 * proves nothing about them.
 */
import type { Auth } from "../../src/index.ts";
import { createRandom } from "../random-walk.ts";
import { startMs, type User } from "../stage.ts";
import { actionsOf } from "./action.ts";
import { type Configuration, type Rules, realRules } from "./configuration.ts";
import { openRealSessions } from "./real-sessions.ts";
import { createModel, firstWorld } from "./search.ts";
import { isLive } from "./session.ts";
import type { Surroundings } from "./surroundings.ts";
import {
	copyWorld,
	type Model,
	type Pair,
	pairOf,
	type World,
} from "./world.ts";

const many = 1e9;

const configurationOf = (surroundings: Surroundings): Configuration => ({
	name: "conformance",
	clients: 2,
	start: "signed-in",
	store: "instant",
	hasHints: true,
	leaseMs: Infinity,
	isRotating: true,
	reuseMs: 0,
	isEager: false,
	maxPairs: many,
	jitter: 0,
	epochFloor: (wallMs) => Math.floor((startMs + wallMs) / 1_000) * 1_024,
	signIns: many,
	signOuts: many,
	calls: many,
	asks: many,
	losses: many,
	outages: many,
	refusals: many,
	...surroundings,
});

/** What happens by itself as soon as it can: hints, timers that are due, promises. */
const internal = /^(hears that|wakes|gives up|has waited|goes on)/;

/** Out of so many, one: things that would end every walk soon, or that go wrong. */
const rarity: Readonly<Record<string, number>> = {
	"sign-in": 8,
	"sign-out": 10,
	outage: 3,
	loss: 3,
};

const keyOf = (world: World): string =>
	JSON.stringify(world, (_key, value) =>
		typeof value === "number" && !Number.isFinite(value) ? `${value}` : value,
	);

/** Everything that the worlds can come to rest in. */
function settle(model: Model, worlds: readonly World[]): World[] {
	const settled: World[] = [];
	const seen = new Set<string>();
	const open = [...worlds];
	for (let world = open.pop(); world; world = open.pop()) {
		const key = keyOf(world);
		if (seen.has(key)) continue;
		seen.add(key);
		const actions = actionsOf(model, world).filter(({ name }) =>
			internal.test(name),
		);
		if (!actions.length) settled.push(world);
		for (const action of actions) {
			const next = copyWorld(world);
			action.run(next);
			open.push(next);
		}
	}
	return settled;
}

/** The worlds after the n-th of the client's actions whose name begins so; those that have none drop out. */
const act = (
	model: Model,
	worlds: readonly World[],
	client: number,
	name: string,
	nth: number,
): World[] =>
	worlds.flatMap((world) => {
		const action = actionsOf(model, world).filter(
			(item) => item.client === client && item.name.startsWith(name),
		)[nth];
		if (!action) return [];
		const next = copyWorld(world);
		action.run(next);
		return [next];
	});

const pairName = ({ family, number }: Pair): string => `${family}.${number}`;

const observe = ({ clients, store, lock, nowMs }: World): string =>
	JSON.stringify([
		...clients.map(({ state, waiters, calls, line }) => [
			state.status,
			state.generation,
			state.failure?.code,
			isLive(state) && [
				pairName(pairOf(state.session)),
				state.usable,
				state.attempt,
			],
			waiters.length,
			calls.length,
			line.length > 0,
		]),
		store && [store.generation, store.pair && pairName(store.pair)],
		nowMs < lock.untilMs,
	]);

export interface Comparison {
	/** How often each kind of thing happened. */
	readonly counts: ReadonlyMap<string, number>;
	readonly sessions: readonly Auth<User, User>[];
}

/** @throws Error with the seed and the last steps, where the real sessions do what the model does not */
export async function compareWithModel(
	seed: number,
	steps: number,
	surroundings: Surroundings,
	rules: Rules = realRules,
): Promise<Comparison> {
	const configuration = configurationOf(surroundings);
	const model = createModel(configuration, rules);
	const random = createRandom(seed);
	const below = (count: number): number => Math.floor(random() * count);
	const real = await openRealSessions(configuration);
	const counts = new Map<string, number>();
	const trace: string[] = [];
	let worlds = settle(model, [firstWorld(model)]);

	for (let step = 0; step < steps; step++) {
		const possible = real.choices().filter(
			({ kind, client, name, nth }) =>
				below(rarity[kind] ?? 1) === 0 &&
				// whether a token is good is the server's to say
				(kind !== "accepted" ||
					act(model, worlds, client, name, nth).length > 0),
		);
		const choice = below(4) ? possible[below(possible.length)] : undefined;
		if (choice) {
			const { kind, client, name, nth, run } = choice;
			counts.set(kind, (counts.get(kind) ?? 0) + 1);
			trace.push(`client ${client + 1} ${name}`);
			worlds = act(model, worlds, client, name, nth);
			run();
			// timers that are due now fire now
			await real.advance(0);
		} else {
			const passMs = Math.min(real.nextTimerMs(), 500 * (1 + below(12)));
			trace.push(`${passMs} ms pass`);
			await real.advance(Math.max(passMs, 0));
			for (const world of worlds) world.nowMs = real.elapsedMs();
		}
		const seen = real.observe();
		const allowed = settle(model, worlds);
		worlds = allowed.filter((world) => observe(world) === seen);
		if (!worlds.length)
			throw new Error(
				[
					`seed ${seed}, step ${step}: the model does not allow this`,
					`real  ${seen}`,
					...allowed.map((world) => `model ${observe(world)}`),
					...trace.slice(-25),
				].join("\n"),
			);
	}
	return { counts, sessions: real.sessions.map(({ auth }) => auth) };
}
