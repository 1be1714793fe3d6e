/** One refresh as `flight.ts` carries it out, and one sign-in: lock, read, send, judge, commit, unlock. */
import type {
	AuthErrorCode,
	AuthState,
	Effect,
	Refreshing,
} from "../../src/index.ts";
import { lockWaitMs, timeoutMs } from "./configuration.ts";
import { holds, violate } from "./property.ts";
import { revokeFamily } from "./server.ts";
import { raise } from "./session.ts";
import { push } from "./store-link.ts";
import {
	type Client,
	type Flight,
	type Model,
	pairOf,
	type Reply,
	type SignIn,
	sessionOf,
	type World,
} from "./world.ts";

export function fly(
	model: Model,
	world: World,
	client: Client,
	{ epoch, generation, attempt }: Effect & { type: "refresh" },
): void {
	const { leaseMs } = model.configuration;
	holds(model, "S2 one flight");
	if (
		client.flights.some(
			(flight) =>
				flight.epoch === epoch &&
				flight.generation === generation &&
				flight.phase === "sent",
		)
	)
		violate(world, "S2 one flight");
	const flight: Flight = {
		epoch,
		generation,
		attempt,
		phase: "queued",
		limitMs: world.nowMs + lockWaitMs + timeoutMs,
		patienceMs: world.nowMs + lockWaitMs,
		fence: 0,
		wasDoubtful: isDoubtful(client.state),
		session: null,
		message: null,
		isInDoubt: false,
		isReleased: false,
	};
	client.flights.push(flight);
	if (leaseMs === null) work(model, world, client, flight);
}

export const isLockFree = ({ nowMs, lock }: World): boolean =>
	nowMs >= lock.untilMs;

export function grantLock(
	model: Model,
	world: World,
	client: Client,
	flight: Flight,
): void {
	const { leaseMs } = model.configuration;
	// whoever had it has had it too long
	if (
		world.clients.some(({ flights }) =>
			flights.some(({ fence }) => fence === world.lock.fence && fence > 0),
		)
	)
		world.isExcused = true;
	world.lock.fence++;
	world.lock.untilMs = world.nowMs + (leaseMs ?? 0);
	flight.fence = world.lock.fence;
	work(model, world, client, flight);
}

/** @param isInDoubt the token may be used up: the mark stays */
function release(world: World, flight: Flight, isInDoubt = false): void {
	if (flight.fence && flight.fence === world.lock.fence) {
		world.lock.untilMs = -Infinity;
		if (!isInDoubt && world.store?.isMarked)
			world.store = { ...world.store, isMarked: false };
	}
	flight.fence = 0;
}

const isDoubtful = ({ failure }: AuthState): boolean =>
	failure?.code === "in-doubt" || failure?.code === "timeout";

function remove(
	world: World,
	client: Client,
	flight: Flight,
	isInDoubt?: boolean,
): void {
	release(world, flight, isInDoubt);
	client.flights.splice(client.flights.indexOf(flight), 1);
}

function work(
	model: Model,
	world: World,
	client: Client,
	flight: Flight,
): void {
	flight.phase = "reading";
	if (!model.rules.rereadsUnderLock) {
		send(model, world, client, flight);
		return;
	}
	push(model, world, client, { type: "read" });
	advance(model, world, client);
}

function send(
	model: Model,
	world: World,
	client: Client,
	flight: Flight,
): void {
	const { state } = client;
	const isOverrun =
		flight.fence > 0 &&
		(flight.fence !== world.lock.fence || isLockFree(world));
	if (isOverrun && model.configuration.isFenced) {
		remove(world, client, flight);
		failFlight(model, world, client, flight, "unavailable");
		return;
	}
	// somebody else has renewed or ended it meanwhile, or this flight was given up
	if (
		state.status !== "refreshing" ||
		state.epoch !== flight.epoch ||
		state.generation !== flight.generation ||
		state.attempt !== flight.attempt
	) {
		remove(world, client, flight);
		return;
	}
	// heard of only now: whoever it was may yet bring the pair home
	if (!flight.wasDoubtful && isDoubtful(state)) {
		failFlight(model, world, client, flight, "in-doubt");
		// told apart from a flight that has sent: the token was not shown again, and the doubt stays
		remove(world, client, flight, true);
		return;
	}
	checkResend(model, world, state);
	flight.phase = "sent";
	flight.limitMs = world.nowMs + timeoutMs;
	flight.session = state.session;
	flight.message = "going";
}

/**
 * S3: a refresh token in doubt is shown again only to a server that answers it alike for ever, or when nothing is left
 * to lose.
 */
function checkResend(model: Model, world: World, state: Refreshing): void {
	const { reuseMs, asks = 0 } = model.configuration;
	// `refresh()` was called: somebody has decided
	if (!isDoubtful(state) || world.budget.asks < asks) return;
	holds(model, "S3 resending in doubt");
	if (
		reuseMs < Infinity &&
		state.usable &&
		world.nowMs < state.session.mustRefreshAtMs
	)
		violate(world, "S3 resending in doubt");
}

export function failFlight(
	model: Model,
	world: World,
	client: Client,
	{ epoch, generation, attempt }: Flight,
	code: AuthErrorCode,
): void {
	raise(model, world, client, {
		type: "refresh-failed",
		epoch,
		generation,
		attempt,
		failure: { code, detail: null },
		afterMs: null,
		atMs: world.nowMs,
		jitter: model.configuration.jitter ?? 1,
		isResendSafe:
			model.configuration.reuseMs === Infinity || !model.rules.mindsDoubt,
	});
}

/** The answer of the token endpoint arrives. */
export function land(
	model: Model,
	world: World,
	client: Client,
	flight: Flight,
	reply: Reply,
): void {
	const { rules, configuration } = model;
	flight.limitMs = Infinity;
	flight.message = null;
	if (reply.type === "ok") {
		raise(model, world, client, {
			type: "refresh-succeeded",
			epoch: flight.epoch,
			generation: flight.generation,
			arrival: {
				session: sessionOf(
					reply.pair,
					world.nowMs,
					flight.session?.signedInAtMs ?? 0,
					configuration,
				),
				user: undefined,
			},
		});
		flight.phase = "storing";
		if (!rules.holdsLockToTheEnd) release(world, flight);
	} else if (reply.code === "rejected" && rules.rereadsAfterNo) {
		flight.phase = "rereading";
		if (rules.boundsRereading) flight.limitMs = world.nowMs + timeoutMs;
		push(model, world, client, { type: "read" });
	} else {
		failFlight(model, world, client, flight, reply.code);
		flight.phase = "storing";
		flight.isInDoubt = reply.code === "in-doubt";
	}
	advance(model, world, client);
}

/** The lock did not come in time. */
export function losePatience(
	model: Model,
	world: World,
	client: Client,
	flight: Flight,
): void {
	if (model.rules.stealsLock) {
		world.lock.fence++;
		world.lock.untilMs = world.nowMs + (model.configuration.leaseMs ?? 0);
		flight.fence = world.lock.fence;
		work(model, world, client, flight);
		return;
	}
	remove(world, client, flight);
	if (model.rules.reportsLockFailure)
		failFlight(model, world, client, flight, "unavailable");
}

/** The flight's own timer. */
export function timeOut(
	model: Model,
	world: World,
	client: Client,
	flight: Flight,
): void {
	const { phase, message } = flight;
	flight.limitMs = Infinity;
	if (phase === "queued") remove(world, client, flight);
	if (phase === "rereading") release(world, flight);
	if (phase === "sent") {
		// the lock goes to the next one while the answer may still come
		world.isExcused = true;
		release(world, flight, true);
		flight.phase = "late";
		if (message === "lost") remove(world, client, flight);
	}
	failFlight(
		model,
		world,
		client,
		flight,
		phase === "sent" ? "timeout" : "unavailable",
	);
}

const isWaiting = ({ phase }: Flight | SignIn): boolean =>
	phase === "reading" || phase === "rereading" || phase === "storing";

/** Who waited for the store to be at rest, and may go on now. */
export const readyOf = ({
	life,
	flights,
	signIns,
}: Client): readonly (Flight | SignIn)[] =>
	life === "alive"
		? [...flights, ...signIns].filter(({ isReleased }) => isReleased)
		: [];

/**
 * When the store is at rest, all who wait for that go on. Promises are behind it: events come before, and of several
 * each can be the first.
 */
export function advance(model: Model, world: World, client: Client): void {
	while (!client.queue.length) {
		if (!client.line.length)
			for (const item of [...client.flights, ...client.signIns])
				item.isReleased = isWaiting(item);
		const ready = readyOf(client);
		// those who only wait to be over change nothing for the others
		const next =
			ready.find(({ phase }) => phase === "storing") ??
			(ready.length === 1 ? ready[0] : undefined);
		if (!next) return;
		goOnWith(model, world, client, next);
	}
}

export function goOnWith(
	model: Model,
	world: World,
	client: Client,
	item: Flight | SignIn,
): void {
	item.isReleased = false;
	if ("account" in item) goOnSigningIn(model, world, client, item);
	else goOn(model, world, client, item);
	advance(model, world, client);
}

function goOn(
	model: Model,
	world: World,
	client: Client,
	flight: Flight,
): void {
	if (flight.phase === "reading") send(model, world, client, flight);
	else if (flight.phase === "rereading") {
		flight.phase = "storing";
		flight.limitMs = Infinity;
		failFlight(model, world, client, flight, "rejected");
	} else remove(world, client, flight, flight.isInDoubt);
}

/** Sign-outs and ends between two sign-ins take fewer epochs than this. */
const epochStep = 4;

const uniqueEpoch = (_wallMs: number, family: number): number =>
	epochStep * (family + 1);

function goOnSigningIn(
	model: Model,
	world: World,
	client: Client,
	signIn: SignIn,
): void {
	const { message } = signIn;
	if (signIn.phase === "storing" || typeof message !== "object" || !message) {
		client.signIns.splice(client.signIns.indexOf(signIn), 1);
		return;
	}
	if (message.type !== "ok") throw new Error("a refused sign-in reads nothing");
	const session = sessionOf(
		message.pair,
		signIn.receivedAtMs,
		signIn.receivedAtMs,
		model.configuration,
	);
	if (!signIn.isCurrent) {
		client.signIns.splice(client.signIns.indexOf(signIn), 1);
		revokeFamily(world, pairOf(session));
		return;
	}
	signIn.isCurrent = false;
	signIn.phase = "storing";
	raise(model, world, client, {
		type: "signed-in",
		arrival: { session, user: signIn.account },
		epochFloor: (model.configuration.epochFloor ?? uniqueEpoch)(
			world.nowMs + client.skewMs,
			message.pair.family,
		),
	});
}
