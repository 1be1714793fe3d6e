/** One session as `create-auth.ts` runs it: the real machine, its effects, and those who wait. */
import type { AuthEvent, AuthState, Effect } from "../../src/index.ts";
import { brokenLaw, compare } from "../laws.ts";
import { deadlineMs, minIntervalMs } from "./configuration.ts";
import { advance, fly } from "./flight.ts";
import { holds, violate } from "./property.ts";
import { extend, revokeFamily } from "./server.ts";
import { checkStep } from "./step-properties.ts";
import { forget, persist, push } from "./store-link.ts";
import {
	type Call,
	type Client,
	type Model,
	pairOf,
	type SignIn,
	type Waiter,
	type World,
} from "./world.ts";

type Live = Exclude<AuthState, { status: "unauthenticated" }>;

export const isLive = (state: AuthState): state is Live =>
	state.status !== "unauthenticated";

/** Somebody waits, which is what arms a timer without `eager`. */
const isAwaited = ({ waiters, signIns }: Client): boolean =>
	waiters.length > 0 || signIns.some((signIn) => signIn.isAwaited);

export const hasTimer = (model: Model, client: Client): boolean =>
	client.wakeAtMs < Infinity &&
	(model.configuration.isEager || isAwaited(client));

export function raise(
	model: Model,
	world: World,
	client: Client,
	event: AuthEvent,
): void {
	if (client.queue.push(event) > 1) return;
	for (; client.queue[0]; client.queue.shift())
		step(model, world, client, client.queue[0]);
	advance(model, world, client);
}

function step(
	model: Model,
	world: World,
	client: Client,
	event: AuthEvent,
): void {
	const before = client.state;
	const result = model.rules.transition(before, event);
	count(model, client, event);
	const [next, effects] = result;
	// no law forbids to ignore an event
	if (next === before && !effects.length) return;
	if (model.rules.checksLaws) {
		checkStep(model, world, client, before, event, result);
		const broken = brokenLaw(before, event, result);
		if (broken) violate(world, broken);
	}
	if (event.type === "refresh-failed" && isLive(before) && !isLive(next))
		checkEnd(model, world, client, before);
	if (
		isLive(before) &&
		isLive(next) &&
		before.epoch === next.epoch &&
		accountOf(world, before) !== accountOf(world, next)
	)
		violate(world, "S7 no crossing");
	client.state = next;
	if (
		event.type === "token-rejected" &&
		next !== before &&
		compare(event, before) === 0
	)
		client.refused = { epoch: event.epoch, generation: event.generation };
	for (const effect of effects) run(model, world, client, effect);
	settle(model, world, client);
}

/** A "no" has ended a session: was there one (S8), and was nothing better in the store (S9)? */
function checkEnd(
	model: Model,
	world: World,
	{ hasFailedStore, isHung }: Client,
	before: Live,
): void {
	const { store, families } = world;
	holds(model, "S8 sign-out needs proof");
	if (!families[pairOf(before.session).family]?.revoked)
		violate(world, "S8 sign-out needs proof");
	// a slow store may be written between the look and the end; who has written then is heard of later
	const isReadable =
		model.configuration.store === "instant" && !hasFailedStore && !isHung;
	if (!isReadable || store?.epoch !== before.epoch || !store.pair) return;
	holds(model, "S9 adoption");
	if (store.generation > before.generation) violate(world, "S9 adoption");
}

/** Which premises of the laws hold in this step. */
function count(model: Model, { state }: Client, event: AuthEvent): void {
	holds(model, "S1 totality");
	if (
		event.type === "changed-elsewhere" &&
		event.found?.arrival &&
		isLive(state) &&
		compare(event.found, state) > 0
	)
		holds(model, "S9 adoption");
}

function run(model: Model, world: World, client: Client, effect: Effect): void {
	switch (effect.type) {
		case "refresh":
			fly(model, world, client, effect);
			return;
		case "persist":
			persist(model, world, client);
			return;
		case "forget":
			forget(model, world, client, effect);
			return;
		case "wake-at":
			holds(model, "S13 timers");
			if (effect.atMs < Infinity && !isLive(client.state))
				violate(world, "S13 timers");
			client.wakeAtMs = effect.atMs;
			return;
		case "revoke":
			revokeFamily(world, pairOf(effect));
			return;
	}
}

export const due = (model: Model, world: World, client: Client): void =>
	raise(model, world, client, { type: "due", atMs: world.nowMs });

function settle(model: Model, world: World, client: Client): void {
	if (!isAwaited(client)) return;
	const heard = new Map<string, string>();
	for (const waiter of [...client.waiters]) {
		const outcome = look(model, world, client, waiter);
		if (!outcome) continue;
		// S12: who wants the same and leaves together hears the same
		const { epoch, after, isBareFine } = waiter;
		const want = `${epoch} ${after} ${isBareFine}`;
		const other = heard.get(want);
		if (other) holds(model, "S12 exactly one outcome");
		if (other && other !== outcome) violate(world, "S12 exactly one outcome");
		heard.set(want, outcome);
	}
	if (isAwaited(client)) due(model, world, client);
}

const isServing = (state: AuthState, atMs: number): state is Live =>
	isLive(state) && state.usable && atMs < state.session.mustRefreshAtMs;

/** @returns what became of it; nothing: it waits */
function look(
	model: Model,
	world: World,
	client: Client,
	waiter: Waiter,
): string | undefined {
	const answer = model.rules.verdict(
		client.state,
		waiter,
		world.nowMs,
		undefined,
	);
	if (answer === undefined) return undefined;
	// once out of the room, nothing can settle it again (S12)
	client.waiters.splice(client.waiters.indexOf(waiter), 1);
	if (answer === null) return "bare";
	if (answer !== true) return answer.code;
	if (waiter.kind !== "refresh") {
		if (waiter.account >= 0) holds(model, "S7 no crossing");
		grant(model, world, client, waiter.account, waiter);
	}
	return "token";
}

/** A request goes out with the session's token. */
function grant(
	model: Model,
	world: World,
	client: Client,
	account: number,
	{ kind, after }: Pick<Waiter, "kind" | "after">,
): void {
	const { state } = client;
	if (!isLive(state)) throw new Error("a grant without a session");
	const { epoch, generation, session } = state;
	const pair = pairOf(session);
	const owner = world.families[pair.family]?.account ?? -1;
	if (account >= 0 && owner !== account) violate(world, "S7 no crossing");
	if (kind === "replay") {
		holds(model, "S11 bounded replay");
		if (generation <= after) violate(world, "S11 bounded replay");
	}
	holds(model, "S10 freshness of use");
	if (
		!isServing(state, world.nowMs) ||
		(client.refused && compare(client.refused, state) === 0)
	)
		violate(world, "S10 freshness of use");
	// without sliding, and where every good token is taken, nothing comes of the answer
	const { isSliding, refusals } = model.configuration;
	if (!isSliding && !refusals) return;
	client.calls.push({
		epoch,
		generation,
		pair,
		account: owner,
		sentAtMs: world.nowMs,
		isReplay: kind === "replay",
	});
}

function wait(
	model: Model,
	world: World,
	client: Client,
	want: Omit<Waiter, "deadlineMs">,
): void {
	const waiter = { ...want, deadlineMs: world.nowMs + deadlineMs };
	client.waiters.push(waiter);
	look(model, world, client, waiter);
}

const accountOf = (world: World, state: AuthState): number =>
	isLive(state)
		? (world.families[pairOf(state.session).family]?.account ?? -1)
		: -1;

/** `authorize()` */
export function callApi(model: Model, world: World, client: Client): void {
	const call = { kind: "call", after: -1 } as const;
	const account = accountOf(world, client.state);
	const isReady = (): boolean => isServing(client.state, world.nowMs);
	if (!(world.nowMs < client.wakeAtMs && isReady())) due(model, world, client);
	if (isReady()) {
		grant(model, world, client, account, call);
		return;
	}
	const { state } = client;
	const isRestoring = !isLive(state) && state.pending === "restoring";
	if (isLive(state) || isRestoring)
		wait(model, world, client, {
			...call,
			epoch: isRestoring ? -1 : state.epoch,
			isBareFine: isRestoring,
			account,
		});
}

/** `refresh()` */
export function askRefresh(model: Model, world: World, client: Client): void {
	const { state } = client;
	if (!isLive(state)) return;
	raise(model, world, client, { type: "refresh-asked", atMs: world.nowMs });
	wait(model, world, client, {
		kind: "refresh",
		epoch: client.state.epoch,
		after: state.generation,
		isBareFine: false,
		account: -1,
	});
}

/** The API has taken the token: `confirm()`. */
export function accept(
	model: Model,
	world: World,
	client: Client,
	call: Call,
): void {
	client.calls.splice(client.calls.indexOf(call), 1);
	if (!model.configuration.isSliding) return;
	extend(world, call.pair);
	const { epoch, generation, sentAtMs } = call;
	raise(model, world, client, {
		type: "extended",
		epoch,
		generation,
		sentAtMs,
	});
}

/** The API has refused the token: `renew()`, once. */
export function refuse(
	model: Model,
	world: World,
	client: Client,
	call: Call,
): void {
	client.calls.splice(client.calls.indexOf(call), 1);
	const { epoch, generation } = call;
	const before = client.state;
	if (call.isReplay || !isLive(before) || before.epoch !== epoch) return;
	raise(model, world, client, {
		type: "token-rejected",
		epoch,
		generation,
		atMs: world.nowMs,
		minIntervalMs,
	});
	const { state } = client;
	// a late refusal of an older token costs nothing (B41)
	if (generation < before.generation) {
		holds(model, "L7 bounded work");
		if (state.status === "refreshing" && before.status !== "refreshing")
			violate(world, "L7 bounded work");
	}
	if (
		state.generation === generation &&
		(state.status === "authenticated" ||
			(isLive(state) && !state.session.isRefreshable))
	)
		return;
	wait(model, world, client, {
		kind: "replay",
		epoch: state.epoch,
		after: generation,
		isBareFine: true,
		account: call.account,
	});
}

export function signIn(
	model: Model,
	world: World,
	client: Client,
	account: number,
): void {
	supersede(client);
	client.signIns.push({
		account,
		phase: "sent",
		isCurrent: true,
		isAwaited: true,
		receivedAtMs: 0,
		deadlineMs: world.nowMs + deadlineMs,
		message: "going",
		isReleased: false,
	});
	raise(model, world, client, { type: "sign-in-started" });
}

const supersede = ({ signIns }: Client): void => {
	for (const other of signIns) {
		// who has signed in, and only waits for the store, is not superseded any more
		if (other.isCurrent) other.isAwaited = false;
		other.isCurrent = false;
	}
};

/** Its deadline has passed. */
export function giveUpSignIn(
	model: Model,
	world: World,
	client: Client,
	own: SignIn,
): void {
	own.isAwaited = false;
	if (!own.isCurrent) return;
	own.isCurrent = false;
	raise(model, world, client, { type: "sign-in-failed", reason: null });
}

export function signOut(model: Model, world: World, client: Client): void {
	supersede(client);
	const { state } = client;
	if (isLive(state)) world.endedEpoch = Math.max(world.endedEpoch, state.epoch);
	raise(model, world, client, { type: "signed-out" });
}

/** A new process or tab: it reads the store. */
export function boot(model: Model, world: World, client: Client): void {
	push(model, world, client, { type: "read" });
}
