import {
	type ArrivalContext,
	arrive,
	isToken,
	plausibleLifetimeMs,
} from "./arrival.ts";
import type { Found } from "./auth-event.ts";
import type { Refreshing } from "./auth-state.ts";
import type { SessionRecord, Stamp } from "./ports.ts";
import { Secret } from "./secret.ts";

/** @param wallMs our wall clock; the age of a record is a difference of durations, never below 0 (B35) */
export function foundOf(
	record: SessionRecord,
	wallMs: number,
	context: ArrivalContext,
): Found {
	const { epoch, generation, access, refresh, receivedAtMs } = record;
	if (access === null)
		return { epoch, generation, arrival: null, isInDoubt: false };
	const atMs =
		context.atMs - Math.max(record.ageMs ?? wallMs - receivedAtMs, 0);
	return {
		epoch,
		generation,
		isInDoubt: record.isInDoubt === true && !context.isResendSafe,
		arrival: arrive(
			{
				access: new Secret(access),
				refresh: refresh === null ? null : new Secret(refresh),
			},
			{
				receivedAtMs: atMs,
				signedInAtMs: atMs - Math.max(receivedAtMs - record.signedInAtMs, 0),
				lifetimeMs: plausibleLifetimeMs(record.lifetimeMs),
				isPasswordExpired: record.isPasswordExpired,
			},
			record.user ?? null,
			context,
		),
	};
}

/** @param wallOffsetMs what turns the session clock into the wall clock */
export function recordOf(
	{
		epoch,
		generation,
		session,
		user,
	}: Pick<Refreshing, "epoch" | "generation" | "session" | "user">,
	protocol: string,
	wallOffsetMs: number,
): SessionRecord {
	return {
		...tombstoneOf({ epoch, generation }, protocol),
		access: session.tokens.access.reveal(),
		refresh: session.tokens.refresh?.reveal() ?? null,
		receivedAtMs: session.receivedAtMs + wallOffsetMs,
		signedInAtMs: session.signedInAtMs + wallOffsetMs,
		lifetimeMs: session.lifetimeMs,
		isPasswordExpired: session.isPasswordExpired,
		user,
	};
}

/** Says that the session is over, and holds nothing of it. */
export function tombstoneOf(
	{ epoch, generation }: Stamp,
	protocol: string,
): SessionRecord {
	return {
		schema: 1,
		protocol,
		epoch,
		generation,
		access: null,
		refresh: null,
		receivedAtMs: 0,
		signedInAtMs: 0,
		lifetimeMs: null,
		isPasswordExpired: false,
		user: null,
	};
}

const isCount = (value: unknown): value is number =>
	Number.isSafeInteger(value) && (value as number) >= 0;

/** Everything a store gives is foreign until it has passed here (B72, B104). A record of a newer schema is not ours (B68). */
export function isSessionRecord(
	value: unknown,
	protocol: string,
): value is SessionRecord {
	if (typeof value !== "object" || value === null) return false;
	const record = value as Partial<Record<keyof SessionRecord, unknown>>;
	return (
		record.schema === 1 &&
		record.protocol === protocol &&
		isCount(record.epoch) &&
		isCount(record.generation) &&
		(record.access === null ||
			(isToken(record.access) &&
				(record.refresh === null || isToken(record.refresh)) &&
				Number.isFinite(record.receivedAtMs) &&
				Number.isFinite(record.signedInAtMs) &&
				typeof record.isPasswordExpired === "boolean"))
	);
}
