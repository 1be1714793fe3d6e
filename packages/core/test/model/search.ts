/** Breadth-first search through every world that can be reached. The first violation found is one of the shortest. */
import { type Action, actionsOf } from "./action.ts";
import type { Configuration, Rules } from "./configuration.ts";
import { encode } from "./encode.ts";
import { issue } from "./server.ts";
import { boot } from "./session.ts";
import { checkWorld } from "./state-properties.ts";
import { perform } from "./store-link.ts";
import { copyWorld, type Model, newWorld, type World } from "./world.ts";

export interface Counterexample {
	readonly property: string;
	/** Keys from the first world to the bad one. */
	readonly path: readonly string[];
}

/** The explored graph, for the search of cycles and dead ends. */
export interface Graph {
	readonly keys: readonly string[];
	/** Per state: what follows by itself, as pairs of a label and a state. */
	readonly next: readonly (readonly number[])[];
	readonly labels: readonly string[];
	/** Per state: what is still wanted there, a sum of bits; {@link cut}: a bound of the search ended the path. */
	readonly wants: readonly number[];
}

export const cut = -1;

export interface Search {
	readonly configuration: Configuration;
	readonly states: number;
	readonly steps: number;
	readonly seconds: number;
	readonly premises: ReadonlyMap<string, number>;
	readonly counterexample: Counterexample | null;
	/** Not everything was explored: the limit was met. */
	readonly isPartial: boolean;
	readonly graph: Graph | null;
	/** The keys from the first world to this one. */
	pathTo(index: number): string[];
}

export const createModel = (
	configuration: Configuration,
	rules: Rules,
): Model => ({ configuration, rules, premises: new Map() });

/** The first world: every client has read the store. */
export function firstWorld(model: Model): World {
	const { configuration } = model;
	const world = newWorld(configuration);
	if (configuration.start === "signed-in") {
		const reply = issue(world, 0);
		if (reply.type === "ok")
			world.store = {
				epoch: configuration.epochFloor?.(0, 0) || 1,
				generation: 1,
				pair: reply.pair,
				receivedAtMs: 0,
				signedInAtMs: 0,
				isMarked: false,
			};
	}
	for (const client of world.clients) {
		boot(model, world, client);
		while (client.line.length) perform(model, world, client);
	}
	return world;
}

/** The world after an action; `broken` says what it broke. */
export function follow(model: Model, world: World, action: Action): World {
	const next = copyWorld(world);
	action.run(next);
	checkWorld(model, next);
	return next;
}

export interface SearchOptions {
	readonly rules: Rules;
	/** At most so many states. */
	readonly limit?: number;
	/** What is still wanted in a world: makes the search keep the graph, in which clients keep their names. */
	readonly wantsOf?: (model: Model, world: World) => number;
}

export function search(
	configuration: Configuration,
	{ rules, limit = Infinity, wantsOf }: SearchOptions,
): Search {
	const startedAt = performance.now();
	// verdicts make errors by the thousand, and nobody reads where
	const { stackTraceLimit } = Error;
	Error.stackTraceLimit = 0;
	const model = createModel(configuration, rules);
	const isSymmetric = !wantsOf;
	const keyOf = (world: World): string => encode(model, world, isSymmetric);

	const first = firstWorld(model);
	const indexes = new Map<string, number>([[keyOf(first), 0]]);
	const parents = [-1];
	const wants: number[] = [];
	const edges: number[][] = [];
	const labels = new Map<string, number>();
	const labelOf = (action: Action): number => {
		const name = fairnessOf(action);
		const known = labels.get(name) ?? labels.size;
		labels.set(name, known);
		return known;
	};
	let frontier: readonly (readonly [number, World])[] = [[0, first]];
	let steps = 0;
	let counterexample: Counterexample | null = null;

	const keys = (): string[] => [...indexes.keys()];
	const pathTo = (index: number): string[] => {
		const all = keys();
		const path: string[] = [];
		for (let at = index; at >= 0; at = parents[at] ?? -1)
			path.unshift(all[at] as string);
		return path;
	};

	exploring: while (frontier.length) {
		const next: (readonly [number, World])[] = [];
		for (const [index, world] of frontier) {
			const following: number[] = [];
			if (wantsOf) {
				wants[index] = world.isCut ? cut : wantsOf(model, world);
				edges[index] = following;
			}
			if (world.isCut) continue;
			for (const action of actionsOf(model, world)) {
				steps++;
				const after = follow(model, world, action);
				const key = keyOf(after);
				if (after.broken) {
					counterexample = {
						property: after.broken,
						path: [...pathTo(index), key],
					};
					break exploring;
				}
				let to = indexes.get(key);
				if (to === undefined) {
					to = indexes.size;
					indexes.set(key, to);
					parents.push(index);
					next.push([to, after]);
				}
				if (wantsOf && action.isSystem) following.push(labelOf(action), to);
			}
			if (indexes.size > limit) break exploring;
		}
		frontier = next;
	}
	Error.stackTraceLimit = stackTraceLimit;
	return {
		configuration,
		states: indexes.size,
		steps,
		seconds: (performance.now() - startedAt) / 1_000,
		premises: model.premises,
		counterexample,
		isPartial: !counterexample && indexes.size > limit,
		graph: wantsOf
			? { keys: keys(), next: edges, labels: [...labels.keys()], wants }
			: null,
		pathTo,
	};
}

/** What fairness is about: the same thing happening to the same client. */
const fairnessOf = ({ client, name }: Action): string =>
	client < 0 ? (name.endsWith("pass") ? "time" : name) : `${client} ${name}`;
