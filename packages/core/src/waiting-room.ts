import { AuthError } from "./auth-error.ts";
import type { AbortSignalLike } from "./ports.ts";
import type { Want } from "./verdict.ts";

/** Somebody who waits. Settling one takes it out of the room, and its listener off its signal. */
export interface Guest<T = never> extends Want {
	resolve(value: T): void;
	reject(error: unknown): void;
}

export interface WaitingRoom {
	readonly guests: ReadonlySet<Guest>;
	/** Lets go whom the state has an answer for. @returns whether somebody still waits */
	settle(): boolean;
	/**
	 * @param began called once the guest is in. Default: looks whether there is an answer already
	 * @throws AuthError `timeout` at the deadline; the signal's reason when it aborts
	 */
	enter<T>(
		want: Omit<Want, "deadlineMs">,
		signal: AbortSignalLike | null | undefined,
		began?: (guest: Guest<T>) => void,
	): Promise<T>;
}

/**
 * @param waitMs how long anybody waits: the same for all, so that the oldest leaves first and one timer serves 10^4
 * @param changed the first has come or the last has gone
 * @param look settles a guest that there is an answer for
 */
export function createWaitingRoom(
	waitMs: number,
	now: () => number,
	after: (delayMs: number, callback: () => void) => () => void,
	changed: () => void,
	look: (guest: Guest, atMs: number) => void,
): WaitingRoom {
	const guests = new Set<Guest>();
	let cancel: (() => void) | undefined;

	const arm = (): void => {
		cancel?.();
		cancel = undefined;
		for (const { deadlineMs } of guests) {
			cancel = after(deadlineMs - now(), () => {
				const atMs = now();
				for (const guest of guests)
					if (guest.deadlineMs <= atMs) guest.reject(new AuthError("timeout"));
				arm();
			});
			break;
		}
	};

	return {
		guests,
		settle() {
			if (guests.size) {
				const atMs = now();
				// a sign-in waits for its own answer
				for (const guest of guests)
					if (guest.after < Infinity) look(guest, atMs);
			}
			return guests.size > 0;
		},
		enter: <T>(
			want: Omit<Want, "deadlineMs">,
			signal: AbortSignalLike | null | undefined,
			began?: (guest: Guest<T>) => void,
		) =>
			new Promise<T>((resolve, reject) => {
				if (signal?.aborted) return reject(signal.reason);
				const abort = (): void => guest.reject(signal?.reason);
				const leave = (): void => {
					guests.delete(guest);
					signal?.removeEventListener("abort", abort);
					if (guests.size) return;
					arm();
					changed();
				};
				const guest: Guest<T> = {
					...want,
					deadlineMs: now() + waitMs,
					resolve(value) {
						leave();
						resolve(value);
					},
					reject(error) {
						leave();
						reject(error);
					},
				};
				guests.add(guest);
				signal?.addEventListener("abort", abort);
				if (guests.size < 2) {
					arm();
					changed();
				}
				if (began) began(guest);
				else look(guest as Guest<never>, now());
			}),
	};
}
