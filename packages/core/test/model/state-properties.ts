/** What must hold in every reachable world, besides what is checked where it happens. */
import { compare } from "../laws.ts";
import { holds, violate } from "./property.ts";
import { isLive } from "./session.ts";
import type { Client, Model, World } from "./world.ts";

/** Nothing is under way that could still change it. */
const isAtRest = ({
	life,
	line,
	isHinted,
	flights,
	signIns,
}: Client): boolean =>
	life === "dead" ||
	(life === "alive" &&
		!line.length &&
		!isHinted &&
		!flights.length &&
		!signIns.length);

export function checkWorld(model: Model, world: World): void {
	const { clients, store, isStoreBroken, endedEpoch, budget } = world;
	const { configuration } = model;

	for (const { state, wakeAtMs } of clients)
		if (!isLive(state) && wakeAtMs < Infinity) violate(world, "S13 timers");

	if (!clients.every(isAtRest)) return;
	const isDisturbed =
		isStoreBroken || clients.some(({ hasFailedStore }) => hasFailedStore);

	// S6: a sign-out that the store has heard of is not undone there. A client that crashes in the middle tells nobody.
	const isCrashed = budget.crashes < (configuration.crashes ?? 0);
	if (endedEpoch && !isDisturbed && !isCrashed) {
		holds(model, "S6 no resurrection");
		if (store?.pair && store.epoch <= endedEpoch)
			violate(world, "S6 no resurrection");
	}

	// L5: when everything has been heard, everybody has what the store has
	const isWiped = budget.wipes < (configuration.wipes ?? 0);
	if (configuration.hasHints && !isDisturbed && store && !isWiped)
		for (const { state, life } of clients) {
			if (life !== "alive") continue;
			holds(model, "L5 convergence");
			if (compare(state, store) !== 0 || isLive(state) !== !!store.pair)
				violate(world, "L5 convergence");
		}
}
