import type { SessionRecord } from "@keyturn/core";
import { CANARY } from "@keyturn/tooling/canary";

/** A record as core writes it. */
export const record = (
	epoch: number,
	generation: number,
	change: Partial<SessionRecord> = {},
): SessionRecord => ({
	schema: 1,
	protocol: "bench",
	epoch,
	generation,
	access: `${CANARY}access-${generation}`,
	refresh: `${CANARY}refresh-${generation}`,
	receivedAtMs: 1_700_000_000_000,
	signedInAtMs: 1_700_000_000_000,
	lifetimeMs: 60_000,
	isPasswordExpired: false,
	user: { name: "Ada" },
	...change,
});

export const tombstone = (epoch: number): SessionRecord =>
	record(epoch, 0, {
		access: null,
		refresh: null,
		lifetimeMs: null,
		user: null,
	});
