/**
 * The commit protocol between one session and its store, in the order of `define-store.ts`: operations one at a time,
 * each swap expects what was last seen, a refused one reads again.
 */
import type { Found, Stamp } from "../../src/index.ts";
import { compare } from "../laws.ts";
import { advance } from "./flight.ts";
import { holds, violate } from "./property.ts";
import { isLive, raise } from "./session.ts";
import {
	type Client,
	type Held,
	type Model,
	type Operation,
	pairOf,
	sessionOf,
	type World,
} from "./world.ts";

const isSame = (a: Stamp | null, b: Stamp | null): boolean =>
	a?.epoch === b?.epoch && a?.generation === b?.generation;

const isRestoring = ({ state }: Client): boolean =>
	state.status === "unauthenticated" && state.pending === "restoring";

export function push(
	model: Model,
	world: World,
	client: Client,
	operation: Operation,
): void {
	client.line.push(operation);
	if (client.line.length > 1) return;
	next(model, world, client);
	if (model.configuration.store === "instant")
		while (client.line.length) perform(model, world, client);
}

const isLeaseholder = (
	{ configuration }: Model,
	{ lock }: World,
	{ flights }: Client,
): boolean =>
	configuration.isFenced === true &&
	flights.some(
		({ phase, fence }) => phase === "reading" && fence === lock.fence,
	);

const foundOf = (
	model: Model,
	world: World,
	client: Client,
	record: Held,
): Found => {
	const { epoch, generation, pair, receivedAtMs, signedInAtMs } = record;
	if (!pair) return { epoch, generation, arrival: null, isInDoubt: false };
	const ageMs = Math.max(world.nowMs + client.skewMs - receivedAtMs, 0);
	const atMs = world.nowMs - ageMs;
	return {
		epoch,
		generation,
		isInDoubt:
			record.isMarked &&
			model.configuration.reuseMs < Infinity &&
			isLeaseholder(model, world, client),
		arrival: {
			session: sessionOf(
				pair,
				atMs,
				atMs - Math.max(receivedAtMs - signedInAtMs, 0),
				model.configuration,
			),
			user: world.families[pair.family]?.account,
		},
	};
};

const see = (model: Model, world: World, client: Client): void => {
	const wasHeld = client.held !== null;
	const record = world.store;
	if (!isSame(client.held, record))
		client.line = client.line.map((operation) =>
			operation.type === "swap"
				? { ...operation, isOvertaken: true }
				: operation,
		);
	client.held = record;
	const found = record && foundOf(model, world, client, record);
	// who reads under the lease is about to present the token
	if (record && isLeaseholder(model, world, client))
		world.store = { ...record, isMarked: true };
	if (found || wasHeld || isRestoring(client))
		raise(model, world, client, { type: "changed-elsewhere", found });
};

/** The record is there: for the checks of what may follow what, and for the others to hear. */
function write(model: Model, world: World, client: Client, next: Held): void {
	const before = world.store;
	const isOlder = before !== null && compare(next, before) < 0;
	if (model.configuration.store === "plain") {
		// a plain store promises less: such a write is a failure of the store, made good by being read again (L5)
		if (isOlder) world.isExcused = true;
	} else if (before) {
		if (world.endedEpoch) {
			holds(model, "S6 no resurrection");
			// the store may learn of a sign-out late; once it has, nothing older comes back
			if (isOlder && next.pair && !before.pair)
				violate(world, "S6 no resurrection");
		}
		holds(model, "S5 fenced commit");
		if (isOlder) violate(world, "S5 fenced commit");
	}
	world.store = next;
	for (const other of world.clients)
		if (other !== client && other.life !== "dead")
			other.isHinted = model.configuration.hasHints;
}

/** The first operation in line happens, and the session hears of it. */
export function perform(model: Model, world: World, client: Client): void {
	const { configuration, rules } = model;
	const operation = client.line[0];
	if (!operation) return;
	if (world.isStoreBroken) {
		fail(model, world, client);
		return;
	}
	client.hasFailedStore = false;
	if (operation.type === "swap") {
		const { isChecked } = operation;
		const isFree =
			!rules.comparesBeforeSwap ||
			isChecked ||
			isSame(world.store, client.held);
		if (isFree && configuration.store === "plain" && !isChecked) {
			// looked, and not written yet: others may come between
			client.line[0] = { ...operation, isChecked: true };
			return;
		}
		client.line.shift();
		if (isFree) {
			write(model, world, client, operation.next);
			client.held = operation.next;
		} else if (rules.rereadsAfterRefusal)
			push(model, world, client, { type: "reread", expected: client.held });
	} else {
		client.line.shift();
		if (operation.type === "reread" && isSame(world.store, operation.expected))
			// refused, and yet as expected
			client.hasFailedStore = true;
		else see(model, world, client);
	}
	next(model, world, client);
}

/** The next operation's turn comes: one that has been overtaken, or whose work is done, is over at once. */
function next(model: Model, world: World, client: Client): void {
	for (;;) {
		const [operation] = client.line;
		const isOver =
			operation?.type === "swap" &&
			((operation.isOvertaken && model.rules.dropsOvertakenSwaps) ||
				(client.held !== null && isSame(client.held, operation.next)));
		if (!isOver) break;
		client.hasFailedStore = false;
		client.line.shift();
	}
	advance(model, world, client);
}

/** The operation throws. */
export function fail(model: Model, world: World, client: Client): void {
	client.line.shift();
	client.hasFailedStore = true;
	world.isExcused = true;
	if (isRestoring(client))
		raise(model, world, client, { type: "changed-elsewhere", found: null });
	next(model, world, client);
}

export function persist(model: Model, world: World, client: Client): void {
	const { state } = client;
	if (!isLive(state)) throw new Error("nothing to persist");
	const { epoch, generation, session } = state;
	push(model, world, client, {
		type: "swap",
		isChecked: false,
		isOvertaken: false,
		next: {
			epoch,
			generation,
			pair: pairOf(session),
			receivedAtMs: session.receivedAtMs + client.skewMs,
			signedInAtMs: session.signedInAtMs + client.skewMs,
			isMarked: false,
		},
	});
}

export function forget(
	model: Model,
	world: World,
	client: Client,
	{ epoch, generation }: Stamp,
): void {
	push(model, world, client, {
		type: "swap",
		isChecked: false,
		isOvertaken: false,
		next: {
			epoch,
			generation,
			pair: null,
			receivedAtMs: 0,
			signedInAtMs: 0,
			isMarked: false,
		},
	});
}
