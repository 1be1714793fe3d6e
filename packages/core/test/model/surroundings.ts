/** The worlds in which real sessions are compared with the model. */
import type { Configuration } from "./configuration.ts";

/** What a walk may change of the world that it goes through. */
export type Surroundings = Partial<
	Pick<
		Configuration,
		| "store"
		| "hasHints"
		| "leaseMs"
		| "isRotating"
		| "reuseMs"
		| "isSliding"
		| "maxSessionMs"
		| "isEager"
		| "skewsMs"
	>
>;

/** By what the world around the sessions is like; the default is two tabs with a lock, hints and a rotating server. */
export const surroundings: Readonly<Record<string, Surroundings>> = {
	"a store that answers at once": {},
	"a slow store": { store: "slow" },
	"no hints": { hasHints: false },
	"no hints, a slow store": { hasHints: false, store: "slow" },
	"compare-and-set alone": { leaseMs: null },
	"compare-and-set alone, a slow store": { leaseMs: null, store: "slow" },
	"compare-and-set alone, reuse interval": { leaseMs: null, reuseMs: 6_000 },
	"reuse interval": { reuseMs: 3_000, store: "slow" },
	"resend: always": { reuseMs: Infinity },
	"no rotation": { isRotating: false, store: "slow" },
	sliding: { isSliding: true },
	"sliding, a slow store": { isSliding: true, store: "slow" },
	"an absolute limit": { maxSessionMs: 30_000, store: "slow" },
	timers: { isEager: true },
	"timers, a slow store": { isEager: true, store: "slow" },
	"timers, compare-and-set alone": { isEager: true, leaseMs: null },
	"a plain store": { store: "plain" },
	"a plain store, compare-and-set alone": { store: "plain", leaseMs: null },
	"clocks apart": { skewsMs: [0, 3_000], store: "slow" },
};
