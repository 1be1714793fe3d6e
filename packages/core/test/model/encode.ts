/**
 * A world as a short string: equal strings have equal futures. Times are relative to now, and those that can only be
 * compared with now are "past" once they are; fences and attempts count only against each other; clients are sorted,
 * since their names do not matter. Functions and buffers are at the top level because this is the hottest place.
 */
import type { AuthErrorCode, Stamp } from "../../src/index.ts";
import { lifetimeMs, minIntervalMs, unitMs } from "./configuration.ts";
import { isLive } from "./session.ts";
import {
	type Client,
	type Flight,
	type Held,
	type Message,
	type Model,
	type Operation,
	type Pair,
	pairOf,
	type SignIn,
	type Waiter,
	type World,
} from "./world.ts";

const never = 250;
const separator = 255;
const statuses = [
	"unauthenticated",
	"authenticated",
	"expired",
	"refreshing",
] as const;
const reasons = [
	"initial",
	"signed-out",
	"signed-out-elsewhere",
	"rejected",
	"password-expired",
	"session-ended",
] as const;
const pendings = [null, "restoring", "signing-in"] as const;
const codes: readonly (AuthErrorCode | undefined)[] = [
	undefined,
	"unavailable",
	"in-doubt",
	"timeout",
	"rejected",
];
const lives = ["alive", "frozen", "dead"] as const;
const phases = [
	"queued",
	"reading",
	"sent",
	"late",
	"rereading",
	"storing",
] as const;
const kinds = ["call", "replay", "refresh"] as const;
const revocations = [false, "reuse", "sign-out"] as const;
const operations = ["read", "reread", "swap"] as const;
/** From here on a back-off is as long as it gets. */
const lastAttempt = 6;
/** What is past is written above what is ahead. */
const pastBase = 20;

const bytes = Buffer.alloc(4_096);
let length = 0;
let nowMs = 0;
let fence = 0;
/** Absolute limit of sessions; 0: none. */
let limitMs = 0;
let isSliding = false;

const put = (value: number): void => {
	bytes[length++] = value;
};

/** One flat string: a million ropes of single letters were a third of the search. */
const text = (): string => {
	if (length > bytes.length) throw new RangeError("a world this large");
	const result = bytes.toString("latin1", 0, length);
	length = 0;
	return result;
};

const future = (ms: number): void =>
	put(ms === Infinity ? never : ms > nowMs ? (ms - nowMs) / unitMs : 0);

const past = (ms: number, furthestMs: number): void =>
	put(
		pastBase +
			(nowMs - ms > furthestMs
				? furthestMs / unitMs + 1
				: (nowMs - ms) / unitMs),
	);

const age = (ms: number): void => past(ms, lifetimeMs);

const stamp = (value: Stamp | null): void => {
	put(value ? value.epoch + 1 : 0);
	if (value) put(value.generation);
};

const pair = (value: Pair | null): void => {
	put(value ? value.family + 1 : 0);
	if (value) put(value.number);
};

const message = (value: Message | null): void => {
	if (value === null) put(0);
	else if (value === "going") put(1);
	else if (value === "lost") put(2);
	else if (value.type === "failed") put(10 + codes.indexOf(value.code));
	else {
		put(3);
		pair(value.pair);
	}
};

const record = (value: Held | null): void => {
	stamp(value);
	if (!value) return;
	pair(value.pair);
	put(value.isMarked ? 1 : 0);
	if (!value.pair) return;
	age(value.receivedAtMs);
	if (limitMs) past(value.signedInAtMs, limitMs);
};

const operation = (value: Operation): void => {
	put(operations.indexOf(value.type));
	if (value.type === "reread") stamp(value.expected);
	if (value.type !== "swap") return;
	put((value.isChecked ? 1 : 0) + (value.isOvertaken ? 2 : 0));
	record(value.next);
};

const machine = ({ state, refused, ended }: Client): void => {
	put(
		statuses.indexOf(state.status) +
			// nothing older can come to life, so only the same stamp matters
			(ended?.epoch === state.epoch && ended.generation === state.generation
				? statuses.length
				: 0),
	);
	put(codes.indexOf(state.failure?.code));
	stamp(state);
	if (!isLive(state)) {
		put(reasons.indexOf(state.reason));
		put(pendings.indexOf(state.pending));
		return;
	}
	const { session, attempt, usable, cause } = state;
	pair(pairOf(session));
	age(session.receivedAtMs);
	if (limitMs) past(session.signedInAtMs, limitMs);
	put(Math.min(attempt, lastAttempt));
	put((usable ? 1 : 0) + (cause === "rejected" ? 2 : 0));
	future(state.retryAtMs);
	past(state.rejectedAtMs, minIntervalMs);
	put(
		refused?.epoch === state.epoch && refused.generation === state.generation
			? 1
			: 0,
	);
};

const flight = (value: Flight, { state }: Client): void => {
	const { session } = value;
	put(phases.indexOf(value.phase));
	stamp(value);
	put(
		isLive(state) &&
			state.epoch === value.epoch &&
			state.generation === value.generation
			? Math.min(state.attempt - value.attempt, 2)
			: 3,
	);
	future(value.limitMs);
	if (value.phase === "queued") future(value.patienceMs);
	put(
		(value.fence ? (value.fence === fence ? 1 : 2) : 0) +
			(value.wasDoubtful ? 4 : 0) +
			(value.isInDoubt ? 8 : 0) +
			(value.isReleased ? 16 : 0),
	);
	pair(session && pairOf(session));
	if (session && limitMs) past(session.signedInAtMs, limitMs);
	message(value.message);
};

const signIn = (value: SignIn): void => {
	put(
		value.account * 8 +
			(value.isCurrent ? 1 : 0) +
			(value.isAwaited ? 2 : 0) +
			(value.isReleased ? 4 : 0),
	);
	put(phases.indexOf(value.phase));
	if (value.isAwaited) future(value.deadlineMs);
	if (value.phase === "reading") age(value.receivedAtMs);
	message(value.message);
};

const waiter = (value: Waiter): void => {
	put(value.epoch + 1);
	put(value.after + 1);
	put(kinds.indexOf(value.kind) * 2 + (value.isBareFine ? 1 : 0));
	put(value.account + 1);
	future(value.deadlineMs);
};

const client = (value: Client): void => {
	const { line, flights, signIns, waiters, calls } = value;
	put(lives.indexOf(value.life));
	machine(value);
	future(value.wakeAtMs);
	stamp(value.held);
	put(
		(value.hasFailedStore ? 2 : 0) +
			(value.isHinted ? 1 : 0) +
			(value.isHung ? 4 : 0),
	);
	put(value.skewMs / unitMs + 100);
	put(line.length);
	for (const item of line) operation(item);
	put(flights.length);
	for (const item of flights) flight(item, value);
	put(signIns.length);
	for (const item of signIns) signIn(item);
	put(waiters.length);
	for (const item of waiters) waiter(item);
	for (const item of calls) {
		stamp(item);
		pair(item.pair);
		put(item.isReplay ? 1 : 0);
		if (isSliding) age(item.sentAtMs);
	}
};

/** @param isSymmetric without names: worlds that differ only by who is who are one */
export function encode(
	{ configuration }: Model,
	world: World,
	isSymmetric = true,
): string {
	length = 0;
	nowMs = world.nowMs;
	fence = world.lock.fence;
	limitMs = configuration.maxSessionMs ?? 0;
	isSliding = configuration.isSliding ?? false;
	const clients: string[] = [];
	for (const item of world.clients) {
		client(item);
		put(separator);
		if (isSymmetric) clients.push(text());
	}
	record(world.store);
	put(world.isStoreBroken ? 1 : 0);
	future(world.lock.untilMs);
	put(world.strays.length);
	for (const stray of world.strays) pair(stray);
	for (const family of world.families) {
		put(family.account * 4 + revocations.indexOf(family.revoked));
		put(family.current);
		put(family.presented);
		past(family.rotatedAtMs, Math.min(configuration.reuseMs, lifetimeMs));
		age(family.validFromMs);
	}
	const { budget } = world;
	for (const name in budget) put(budget[name as keyof typeof budget]);
	put((world.isExcused ? 1 : 0) + world.endedEpoch * 2);
	return isSymmetric ? clients.sort().join("") + text() : text();
}
