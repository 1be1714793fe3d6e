/**
 * What must happen sooner or later, once nothing goes wrong any more: on the graph of what happens by itself, a want must
 * neither end in a dead end nor go round for ever. A cycle counts only if it is fair: nothing that could happen all along
 * is left out of it.
 */
import { holds } from "./property.ts";
import { type Counterexample, cut, type Graph, type Search } from "./search.ts";
import { isRenewable } from "./server.ts";
import { hasTimer, isLive } from "./session.ts";
import type { Model, World } from "./world.ts";

const properties = [
	"L1 every waiter settles",
	"L2 no dead end",
	"L3 token",
	"L4 no holder blocks",
	"L6 quiet after sign-out",
] as const;

/** One bit per client and property. */
const bitOf = (client: number, property: number): number =>
	1 << (client * properties.length + property);

const nameOf = (want: number): string => {
	const at = 31 - Math.clz32(want);
	return `${properties[at % properties.length]} (client ${Math.floor(at / properties.length) + 1})`;
};

/** @returns what is wanted, as a sum of bits; 0: nothing */
export function wantsOf(model: Model, world: World): number {
	let wants = 0;
	const want = (
		property: (typeof properties)[number],
		client: number,
	): void => {
		holds(model, property);
		wants |= bitOf(client, properties.indexOf(property));
	};
	const { nowMs, store } = world;
	world.clients.forEach((client, index) => {
		const { life, state, flights, signIns, waiters, line } = client;
		if (life !== "alive") return;
		if (waiters.length || signIns.some(({ isAwaited }) => isAwaited))
			want("L1 every waiter settles", index);
		if (
			state.status === "refreshing" ||
			flights.some(({ phase }) => phase === "queued")
		)
			want("L2 no dead end", index);
		const isFrozen = world.clients.some((other) => other.life !== "alive");
		if (
			isLive(state) &&
			model.configuration.isEager &&
			store?.pair &&
			isRenewable(model.configuration, world, store.pair) &&
			!(state.usable && nowMs < state.session.mustRefreshAtMs)
		)
			want(isFrozen ? "L4 no holder blocks" : "L3 token", index);
		if (
			!isLive(state) &&
			world.endedEpoch &&
			!client.isHung &&
			(flights.length || line.length || hasTimer(model, client))
		)
			want("L6 quiet after sign-out", index);
	});
	return wants;
}

/** @returns the first want that is never met, with the way there */
export function findLivelock(search: Search): Counterexample | null {
	const { graph } = search;
	if (!graph) throw new Error("a search without its graph");
	const { next, wants } = graph;
	const isWanted = (index: number, some: number): boolean => {
		const wanted = wants[index] ?? cut;
		return wanted !== cut && (wanted & some) !== 0;
	};
	let all = 0;
	for (const [index, wanted] of wants.entries()) {
		if (wanted === cut) continue;
		all |= wanted;
		if (wanted && !next[index]?.length)
			return {
				property: `${nameOf(wanted)}: dead end`,
				path: search.pathTo(index),
			};
	}
	for (let rest = all; rest; rest &= rest - 1) {
		const want = rest & -rest;
		const has = (index: number): boolean => isWanted(index, want);
		for (const component of components(graph, has)) {
			const first = component[0] as number;
			if (isFair(graph, component))
				return {
					property: `${nameOf(want)}: cycle`,
					path: search.pathTo(first),
				};
		}
	}
	// L7: nothing that goes round for ever asks the server again and again
	for (const component of components(graph, (index) => wants[index] !== cut))
		if (sends(graph, component) && isFair(graph, component))
			return {
				property: "L7 bounded work: cycle",
				path: search.pathTo(component[0] as number),
			};
	return null;
}

function sends({ next, labels }: Graph, component: readonly number[]): boolean {
	const inside = new Set(component);
	return component.some((index) =>
		next[index]?.some(
			(label, at) =>
				at % 2 === 0 &&
				inside.has(next[index]?.[at + 1] as number) &&
				labels[label]?.endsWith("reaches the server"),
		),
	);
}

/** Is everything that is possible in all of its states also done somewhere in it? */
function isFair({ next }: Graph, component: readonly number[]): boolean {
	const inside = new Set(component);
	const taken = new Set<number>();
	let always: Set<number> | undefined;
	for (const index of component) {
		const following = next[index] ?? [];
		const possible = new Set<number>();
		for (let at = 0; at < following.length; at += 2) {
			const label = following[at] as number;
			possible.add(label);
			if (inside.has(following[at + 1] as number)) taken.add(label);
		}
		always = always
			? new Set([...always].filter((label) => possible.has(label)))
			: possible;
	}
	return [...(always ?? [])].every((label) => taken.has(label));
}

/** Strongly connected components with at least one edge inside (Tarjan, without recursion). */
function* components(
	{ next }: Graph,
	has: (index: number) => boolean,
): Generator<number[]> {
	const order = new Int32Array(next.length);
	const low = new Int32Array(next.length);
	const isOpen = new Uint8Array(next.length);
	const open: number[] = [];
	let count = 0;
	for (let root = 0; root < next.length; root++) {
		if (order[root] || !has(root)) continue;
		const stack: { index: number; at: number }[] = [];
		const enter = (index: number): void => {
			order[index] = low[index] = ++count;
			isOpen[index] = 1;
			open.push(index);
			stack.push({ index, at: 1 });
		};
		enter(root);
		for (let top = stack.at(-1); top; top = stack.at(-1)) {
			const { index } = top;
			const following = next[index] ?? [];
			const to = following[top.at];
			if (to !== undefined) {
				top.at += 2;
				if (!has(to)) continue;
				if (!order[to]) enter(to);
				else if (isOpen[to])
					low[index] = Math.min(low[index] as number, order[to] as number);
				continue;
			}
			stack.pop();
			const parent = stack.at(-1)?.index;
			if (parent !== undefined)
				low[parent] = Math.min(low[parent] as number, low[index] as number);
			if (low[index] !== order[index]) continue;
			const component: number[] = [];
			for (;;) {
				const member = open.pop() as number;
				isOpen[member] = 0;
				component.push(member);
				if (member === index) break;
			}
			const isLoop = following.some((to, at) => at % 2 && to === index);
			if (component.length > 1 || isLoop) yield component.reverse();
		}
	}
}
