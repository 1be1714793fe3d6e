/** Random events that fit the state they meet often enough to matter, and miss it often enough to be late. */
import {
	type Arrival,
	type AuthErrorCode,
	type AuthEvent,
	type AuthState,
	Secret,
} from "../src/index.ts";

/** Numbers from 0 to 1, the same for the same seed (xorshift, 32 bits). */
export function createRandom(seed: number): () => number {
	let bits = Math.imul(seed, 0x9e3779b1) || 1;
	return () => {
		bits ^= bits << 13;
		bits ^= bits >>> 17;
		bits ^= bits << 5;
		return (bits >>> 0) / 2 ** 32;
	};
}

const minIntervalMs = 10_000;

const failureCodes: readonly AuthErrorCode[] = [
	"unavailable",
	"unavailable",
	"bad-response",
	"in-doubt",
	"timeout",
	"rejected",
	"password-expired",
];

/** @returns gives the next event for a state; its clock goes on with each */
export function randomWalk(seed: number): (state: AuthState) => AuthEvent {
	const random = createRandom(seed);
	const below = (count: number): number => Math.floor(random() * count);
	const chance = (share: number): boolean => random() < share;
	const pick = <T>(from: readonly T[]): T => from[below(from.length)] as T;
	let atMs = 0;
	let count = 0;

	const arrival = (state: AuthState, canRepeat = true): Arrival => {
		const lifetimeMs = chance(0.1) ? null : pick([5_000, 60_000, 600_000]);
		const mustMs = below((lifetimeMs ?? 0) / 2);
		const shouldMs = mustMs + below((lifetimeMs ?? 0) / 2 - mustMs);
		const endMs = atMs + (lifetimeMs ?? Infinity);
		// the same pair seen again, as from a store
		const repeated = "session" in state && canRepeat && chance(0.2);
		return {
			user: chance(0.5) ? undefined : "user",
			session: {
				tokens: repeated
					? state.session.tokens
					: {
							access: new Secret(`access-${++count}`),
							refresh: new Secret(`refresh-${count}`),
						},
				receivedAtMs: atMs,
				signedInAtMs: atMs,
				lifetimeMs,
				shouldRefreshAtMs: endMs - shouldMs,
				mustRefreshAtMs: endMs - mustMs,
				endsAtMs: chance(0.2) ? atMs + below(100_000) : Infinity,
				isRefreshable: repeated ? state.session.isRefreshable : chance(0.9),
				isPasswordExpired: false,
			},
		};
	};

	/** Mostly the state's own; else one step off, in either part. */
	const stamp = ({ epoch, generation }: AuthState) =>
		chance(0.7)
			? { epoch, generation }
			: {
					epoch: Math.max(0, epoch + below(3) - 1),
					generation: Math.max(0, generation + below(3) - 1),
				};

	const makers: readonly ((state: AuthState) => AuthEvent)[] = [
		() => ({ type: "sign-in-started" }),
		(state) => ({
			type: "signed-in",
			arrival: arrival(state),
			epochFloor: chance(0.5) ? 0 : Math.floor(atMs / 1_000),
		}),
		() => ({
			type: "sign-in-failed",
			reason: pick([null, "rejected", "password-expired"]),
		}),
		() => ({ type: "signed-out" }),
		(state) => ({ type: "due", atMs: wake(state) }),
		() => ({ type: "refresh-asked", atMs }),
		(state) => ({
			type: "token-rejected",
			...stamp(state),
			atMs,
			minIntervalMs,
		}),
		(state) => {
			const at = stamp(state);
			return {
				type: "refresh-succeeded",
				...at,
				arrival: arrival(state, at.epoch === state.epoch),
			};
		},
		(state) => ({
			type: "refresh-failed",
			...stamp(state),
			attempt: "attempt" in state && chance(0.8) ? state.attempt : 1 + below(3),
			failure: { code: pick(failureCodes), detail: null },
			atMs,
			afterMs: chance(0.7) ? null : pick([0, 5_000, 1e9, -5]),
			isResendSafe: chance(0.3),
			jitter: random(),
		}),
		(state) => ({
			type: "extended",
			...stamp(state),
			sentAtMs: atMs - below(20_000),
		}),
		(state) => {
			const at = stamp(state);
			// nobody stores tokens of generation 0
			const held = !at.generation || chance(0.3) ? null : arrival(state);
			return {
				type: "changed-elsewhere",
				found: chance(0.1)
					? null
					: { ...at, arrival: held, isInDoubt: chance(0.1) },
			};
		},
	];

	/** Goes on to when something is due, or past it. */
	const wake = (state: AuthState): number => {
		if ("session" in state && chance(0.8)) {
			const { shouldRefreshAtMs, mustRefreshAtMs, endsAtMs } = state.session;
			const next = Math.min(
				...[
					shouldRefreshAtMs,
					mustRefreshAtMs,
					endsAtMs,
					state.retryAtMs,
				].filter((time) => time > atMs),
			);
			if (next < Infinity) atMs = next;
		}
		return atMs;
	};

	return (state) => {
		atMs += below(2_000);
		// sign-ins and sign-outs are rare, else nothing would ever live long enough
		const index = chance(0.12) ? below(4) : 4 + below(makers.length - 4);
		return (makers[index] as (typeof makers)[number])(state);
	};
}
