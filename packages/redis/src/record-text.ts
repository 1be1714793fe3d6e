import { AuthError, type SessionRecord, type Stamp } from "@keyturn/core";
import { decrypt, encrypt } from "./encryption.ts";
import type { EncryptionKeys } from "./redis-auth-options.ts";

/** A sign-out is remembered for this long, and no memory older than this puts a session back. */
export const tombstoneMs = 86_400_000;

const placeOf = ({ epoch, generation }: Stamp, recordKey: string): string =>
	`${recordKey} ${epoch}:${generation}`;

/** The record as it is written to Redis. */
export async function seal(
	record: SessionRecord,
	recordKey: string,
	encryption: EncryptionKeys | undefined,
): Promise<string> {
	const text = JSON.stringify(record);
	return encryption
		? encrypt(text, placeOf(record, recordKey), encryption)
		: text;
}

/**
 * @param stamp what Redis says that it is; the script compares that one, so both have to agree
 * @throws AuthError `port-failed`, without a word of what was there (B72, B108)
 */
export async function unseal(
	text: string,
	stamp: Stamp,
	recordKey: string,
	encryption: EncryptionKeys | undefined,
): Promise<SessionRecord> {
	const json = encryption
		? await decrypt(text, placeOf(stamp, recordKey), encryption)
		: text;
	let record: SessionRecord | null = null;
	try {
		record = JSON.parse(json);
	} catch {
		// its message would quote the record
	}
	if (record?.epoch !== stamp.epoch || record.generation !== stamp.generation)
		throw new AuthError("port-failed", {
			detail: "the record cannot be read",
		});
	return record;
}

/** How long Redis keeps it, ms. @param ttlMs of a session that can be renewed */
export function ttlOf(
	{ access, refresh, lifetimeMs }: SessionRecord,
	ageMs: number,
	ttlMs: number,
): number {
	if (access === null) return tombstoneMs;
	const leftMs = Math.max((lifetimeMs ?? 0) - ageMs, 0);
	const isRenewable = refresh !== null || lifetimeMs === null;
	return Math.ceil(Math.max(leftMs, isRenewable ? ttlMs : 1_000));
}
