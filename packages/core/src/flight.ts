import type { ArrivalContext } from "./arrival.ts";
import { AuthError, type AuthErrorCode, isAuthError } from "./auth-error.ts";
import type { AuthEvent, Effect } from "./auth-event.ts";
import type { AuthState } from "./auth-state.ts";
import { createCancel } from "./cancel.ts";
import type { StoreLink } from "./define-store.ts";
import { exchange } from "./exchange.ts";
import type { Policy } from "./options.ts";
import type { Coordinator, Platform } from "./ports.ts";
import type { Protocol } from "./protocol.ts";
import { isDoubtful } from "./table.ts";

export interface FlightHost {
	readonly protocol: Protocol<never, unknown>;
	readonly platform: Platform;
	readonly coordinator: Coordinator | undefined;
	readonly link: StoreLink | undefined;
	readonly policy: Pick<Policy, "timeoutMs" | "lockWaitMs">;
	state(): AuthState;
	isClosed(): boolean;
	raise(event: AuthEvent): void;
	/** Of a failed flight, for those who wait. */
	failed(error: AuthError): void;
	after(delayMs: number, callback: () => void): () => void;
	context(): ArrivalContext;
}

const nothing = (): void => {};

/**
 * Carries out one `refresh`: lock, read the store, send, write the store, unlock. Ends in `refresh-succeeded`,
 * `refresh-failed` or, where somebody else was faster, in neither; never rejects, and never stays in the air for ever
 * (L2): not for a lock, not for a store, not for a server.
 * @returns cancels its timer and its place in the queue for the lock; a request that was sent stays sent
 */
export function fly(
	{ epoch, generation, attempt }: Effect & { type: "refresh" },
	host: FlightHost,
): () => void {
	const { protocol, coordinator, link } = host;
	const { lockWaitMs, timeoutMs } = host.policy;
	const via = protocol.refresh;
	const lock = coordinator && createCancel();
	const wasDoubtful = isDoubtful(host.state().failure);

	const isStill = (state: AuthState): boolean =>
		state.epoch === epoch && state.generation === generation;

	const fail = (error: AuthError): void => {
		const { code, detail, retryAfterMs } = error;
		const { atMs, jitter, isResendSafe } = host.context();
		if (isStill(host.state())) host.failed(error);
		host.raise({
			type: "refresh-failed",
			epoch,
			generation,
			attempt,
			failure: { code, detail },
			afterMs: retryAfterMs,
			atMs,
			jitter,
			isResendSafe,
		});
	};

	let cancel = host.after(lockWaitMs + timeoutMs, () => {
		lock?.abort();
		fail(new AuthError("unavailable"));
	});

	const work = async (): Promise<AuthErrorCode | undefined> => {
		await link?.sync();
		const state = host.state();
		// somebody else has renewed or ended it meanwhile, or this flight was given up
		if (
			host.isClosed() ||
			!via ||
			!isStill(state) ||
			state.status !== "refreshing" ||
			state.attempt !== attempt
		)
			return undefined;
		// Somebody else's attempt is in doubt, and this flight has only just heard of it. Whoever it was may only be frozen:
		// the back-off lets them bring the pair home (B62).
		if (!wasDoubtful && isDoubtful(state.failure)) {
			fail(new AuthError("in-doubt"));
			return undefined;
		}
		const { session, user } = state;
		return new Promise((land) => {
			cancel();
			// its late answer still counts (B4)
			cancel = host.after(timeoutMs, () => {
				fail(new AuthError("timeout"));
				land("timeout");
			});
			void exchange(
				host.platform,
				via,
				session.tokens,
				session,
				host.context,
			).then(async ({ arrival, error }) => {
				cancel();
				if (error) {
					// before a "no" ends the session: perhaps somebody else's "yes" is in the store (B14)
					if (link && error.code === "rejected") {
						// a store that does not answer proves nothing, and keeps nobody waiting for ever (L2, S8)
						cancel = host.after(timeoutMs, () => {
							fail(new AuthError("unavailable"));
							land(undefined);
						});
						await link.sync().catch(nothing);
						cancel();
					}
					fail(error);
				} else if (!host.isClosed())
					host.raise({ type: "refresh-succeeded", epoch, generation, arrival });
				// closed in the middle: the only live pair is not ours to use any more, but not to lose either
				else if (isStill(host.state()))
					link?.persist({
						epoch,
						generation: generation + 1,
						session: arrival.session,
						user: arrival.user ?? user,
					});
				// the lock is held until the new pair is in the store
				await link?.settled();
				land(error?.code);
			});
		});
	};

	// async, so that a coordinator that throws is one that rejects (B46)
	const run = async (): Promise<unknown> =>
		lock
			? coordinator.exclusive(`keyturn:${protocol.name}`, work, {
					signal: lock.signal,
					waitMs: lockWaitMs,
				})
			: work();
	run().then(
		() => cancel(),
		(cause) => {
			cancel();
			fail(
				isAuthError(cause) ? cause : new AuthError("unavailable", { cause }),
			);
		},
	);
	return () => {
		cancel();
		lock?.abort();
	};
}
