/** What must hold at every step that a session takes in the search, besides the laws of the machine alone. */
import type { AuthEvent, AuthState, Step } from "../../src/index.ts";
import { isDrawn } from "../drawing.ts";
import { compare } from "../laws.ts";
import { holds, violate } from "./property.ts";
import type { Client, Model, World } from "./world.ts";

export function checkStep(
	model: Model,
	world: World,
	client: Client,
	before: AuthState,
	event: AuthEvent,
	[next, effects]: Step,
): void {
	checkHistory(model, world, client, before, event, next);

	holds(model, "S15 no secrets");
	if (shown.test(JSON.stringify([next, effects])))
		violate(world, "S15 no secrets");

	if (isMessage[event.type]) {
		holds(model, "S17 idempotence");
		const [again, orders] = model.rules.transition(next, event);
		if (again !== next || orders.some(({ type }) => type === "refresh"))
			violate(world, "S17 idempotence");
	}

	if (event.type === "extended" && "session" in before && "session" in next) {
		holds(model, "S18 monotone expiry");
		if (next.session.mustRefreshAtMs < before.session.mustRefreshAtMs)
			violate(world, "S18 monotone expiry");
	}
}

/** The tokens of the model, as nothing but a `Secret` may hold them. */
const shown = /\b(access|refresh) \d/;

/** What can be delivered twice. */
const isMessage: Partial<Record<AuthEvent["type"], true>> = {
	"refresh-succeeded": true,
	"refresh-failed": true,
	"token-rejected": true,
	extended: true,
	"changed-elsewhere": true,
};

/** S14: what a subscriber sees is a path through the diagram, nothing twice in a row, and each session ends once. */
function checkHistory(
	model: Model,
	world: World,
	client: Client,
	before: AuthState,
	event: AuthEvent,
	next: AuthState,
): void {
	if (next === before) return;
	holds(model, "S14 events");
	const hasEnded = "session" in before && !("session" in next);
	if (
		!isDrawn(before.status, event.type, next.status) ||
		isEqual(before, next) ||
		(hasEnded && client.ended && compare(before, client.ended) <= 0)
	)
		violate(world, "S14 events");
	if (hasEnded)
		client.ended = { epoch: before.epoch, generation: before.generation };
}

/** To the depth of a session's own fields; what is below them never changes. */
function isEqual(a: object, b: object, depth = 1): boolean {
	for (const key in a) {
		const one = a[key as never] as unknown;
		const two = b[key as never] as unknown;
		const isDeep =
			depth > 0 &&
			typeof one === "object" &&
			one !== null &&
			typeof two === "object" &&
			two !== null;
		if (isDeep ? !isEqual(one, two, depth - 1) : one !== two) return false;
	}
	return true;
}
