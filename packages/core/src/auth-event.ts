import type { Failure, Session } from "./auth-state.ts";
import type { Stamp } from "./ports.ts";
import type { Tokens } from "./protocol.ts";

/** A session as it came from an API or a store, with its user. */
export interface Arrival {
	readonly session: Session;
	/** `undefined`: the answer said nothing of the user. */
	readonly user: unknown;
}

/** What the store was found to hold. `arrival: null` is a tombstone. */
export interface Found extends Stamp {
	readonly arrival: Arrival | null;
	/** Its refresh token may be used up, and must not be shown again lightly. */
	readonly isInDoubt: boolean;
}

/** Facts, in the past tense. Time, chance and policy arrive inside them; the table has none of its own. */
export type AuthEvent =
	| { readonly type: "sign-in-started" }
	| {
			readonly type: "signed-in";
			readonly arrival: Arrival;
			/**
			 * The new epoch is no lower than this. 0 without a store; with one, what no other sign-in starts from (wall seconds
			 * and some chance).
			 */
			readonly epochFloor: number;
	  }
	| {
			readonly type: "sign-in-failed";
			/** `null`: given up, superseded or not answered. */
			readonly reason: "rejected" | "password-expired" | null;
	  }
	| { readonly type: "signed-out" }
	/** Time has passed: a timer fired, a request looked at the clock, a signal came. */
	| { readonly type: "due"; readonly atMs: number }
	/** The application called `refresh()`. */
	| { readonly type: "refresh-asked"; readonly atMs: number }
	/** The API refused the token of this stamp. */
	| ({
			readonly type: "token-rejected";
			readonly atMs: number;
			readonly minIntervalMs: number;
	  } & Stamp)
	/** The refresh that began at this stamp has brought new tokens. */
	| ({
			readonly type: "refresh-succeeded";
			readonly arrival: Arrival;
	  } & Stamp)
	| ({
			readonly type: "refresh-failed";
			readonly attempt: number;
			readonly failure: Failure;
			readonly atMs: number;
			/** What the server asked for, ms, or `null`. */
			readonly afterMs: number | null;
			/** The server answers a repeated refresh token alike (a declared reuse interval). */
			readonly isResendSafe: boolean;
			/** 0 to 1. */
			readonly jitter: number;
	  } & Stamp)
	/** The API accepted a request sent at `sentAtMs`, and that extends the session. */
	| ({ readonly type: "extended"; readonly sentAtMs: number } & Stamp)
	/** The store holds this. `null`: nothing, or nothing any more. */
	| { readonly type: "changed-elsewhere"; readonly found: Found | null };

export type EventType = AuthEvent["type"];

/** Orders, as plain data: comparable, loggable, replayable. */
export type Effect =
	/** Renew this pair; raises `refresh-succeeded` or `refresh-failed` with this stamp. */
	| ({
			readonly type: "refresh";
			readonly attempt: number;
	  } & Stamp)
	/** Write the session of this stamp to the store. */
	| ({ readonly type: "persist" } & Stamp)
	/** Write the tombstone of this stamp to the store. */
	| ({ readonly type: "forget" } & Stamp)
	/** Raise `due` then; `Infinity`: no timer. Replaces the earlier order. */
	| { readonly type: "wake-at"; readonly atMs: number }
	/** End these tokens at the server, where the protocol can. */
	| { readonly type: "revoke"; readonly tokens: Tokens };
