/** A counterexample as text that can be read: what happened, and how everything stood then. */
import type { AuthState } from "../../src/index.ts";
import { actionsOf } from "./action.ts";
import type { Rules } from "./configuration.ts";
import { encode } from "./encode.ts";
import {
	type Counterexample,
	createModel,
	firstWorld,
	follow,
	type Search,
} from "./search.ts";
import { isLive } from "./session.ts";
import { type Held, pairOf, type World } from "./world.ts";

const describeState = (state: AuthState): string => {
	const { status, epoch, generation } = state;
	const stamp = `${epoch}.${generation}`;
	if (!isLive(state))
		return `${status} (${state.pending ?? state.reason}) ${stamp}`;
	const { family, number } = pairOf(state.session);
	return `${status}${state.usable ? "" : " (unusable)"} ${stamp} with pair ${family}.${number}${state.failure ? ` after ${state.failure.code}` : ""}`;
};

const describeStore = (store: Held | null): string => {
	if (!store) return "empty";
	const { epoch, generation, pair } = store;
	return `${epoch}.${generation} ${pair ? `with pair ${pair.family}.${pair.number}` : "ended"}`;
};

const describeWorld = (world: World): string =>
	[
		`t=${world.nowMs / 1_000} s`,
		...world.clients.map(
			({ life, state, flights, line }, index) =>
				`${index + 1}: ${life === "alive" ? "" : `${life}, `}${describeState(state)}${flights.map(({ phase, fence }) => `, refresh ${phase}${fence ? ` with lock ${fence}` : ""}`).join("")}${line.length ? `, store: ${line.map(({ type }) => type).join("+")}` : ""}`,
		),
		`store ${describeStore(world.store)}`,
		world.families
			.map(
				({ current, revoked }, index) =>
					`server ${index}.${current}${revoked ? ` revoked (${revoked})` : ""}`,
			)
			.join(", "),
	].join(" | ");

/** Runs the path once more, so that clients keep their names in it. */
export function traceOf(
	{ configuration }: Search,
	{ property, path }: Counterexample,
	rules: Rules,
	isSymmetric = true,
): string {
	const model = createModel(configuration, rules);
	let world = firstWorld(model);
	const lines = [
		`${property} is broken in "${configuration.name}" after ${path.length - 1} steps`,
		`   0. begin\n      ${describeWorld(world)}`,
	];
	for (const [index, key] of path.slice(1).entries()) {
		const found = actionsOf(model, world)
			.map((action) => ({ action, next: follow(model, world, action) }))
			.find(({ next }) => encode(model, next, isSymmetric) === key);
		if (!found) throw new Error(`the path ends at step ${index}`);
		const { action, next } = found;
		const who = action.client < 0 ? "" : `client ${action.client + 1} `;
		lines.push(
			`${String(index + 1).padStart(4)}. ${who}${action.name}\n      ${describeWorld(next)}`,
		);
		world = next;
	}
	return lines.join("\n");
}
