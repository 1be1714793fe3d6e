import type { Model, World } from "./world.ts";

/** Counts that the premise of a property held: a property that was never put to the test proves nothing. */
export function holds({ premises }: Model, property: string): void {
	premises.set(property, (premises.get(property) ?? 0) + 1);
}

/** The first violation of a step is the one that is reported. */
export function violate(world: World, property: string): void {
	world.broken ??= property;
}
