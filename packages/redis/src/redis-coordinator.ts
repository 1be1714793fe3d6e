import { AuthError, type Coordinator, isAuthError } from "@keyturn/core";
import {
	createLink,
	isNewer,
	type Lease,
	type Link,
	nextRead,
	releasedMessage,
	taken,
} from "./link.ts";
import type { RedisAuthOptions } from "./redis-auth-options.ts";
import { runScript } from "./script.ts";
import { acquireScript, releaseScript } from "./scripts.ts";

/** Between two looks while waiting, ms: quick at first, since most refreshes take no longer. */
const firstPauseMs = 20;
const lastPauseMs = 250;
/** With messages the looks are only for the message that was lost. */
const lastPauseWithMessagesMs = 1_000;

/**
 * A lease in Redis. It saves refreshes; what is true is decided by the store's compare-and-set, so a lease that is lost
 * (failover, a holder that sleeps) costs a refresh and not the record.
 *
 * The name that `exclusive` is given does not matter: one `key` is one session, and has one lease.
 * @throws AuthError `invalid-option`, naming the option
 */
export function redisCoordinator(options: RedisAuthOptions): Coordinator {
	return coordinatorOn(createLink(options));
}

/** The refresh token of the record may be used up, and no newer one was stored: the mark of the lease has to stay. */
const isDoubtful = (result: unknown, lease: Lease): boolean =>
	lease.hasFailedWrite || result === "in-doubt" || result === "timeout";

export function coordinatorOn(link: Link): Coordinator {
	const { leaseMs, commandTimeoutMs } = link;
	const keys = [link.recordKey, link.leaseKey];

	const release = async (lease: Lease, isInDoubt: boolean): Promise<void> => {
		try {
			await runScript(link.send, releaseScript, keys, [
				lease.value,
				lease.fence,
				isInDoubt ? 1 : 0,
				link.channel,
				releasedMessage,
			]);
		} catch {
			// it ends by itself
		}
		// of this process; the others hear it by message, or see it at their next look
		for (const waker of [...link.wakers]) waker();
	};

	return {
		async exclusive(_name, work, { signal, waitMs }) {
			const untilMs = link.nowMs() + waitMs;
			const value = crypto.randomUUID();
			let pauseMs = firstPauseMs;
			let isKnowing = true;

			/** Until a message, the given time, or the end of the caller's patience. */
			const pause = (delayMs: number): Promise<void> =>
				new Promise((resolve) => {
					const done = () => {
						clearTimeout(timer);
						link.wakers.delete(done);
						signal.removeEventListener("abort", done);
						resolve();
					};
					const timer = setTimeout(
						done,
						Math.max(Math.min(delayMs, untilMs - link.nowMs()), 0),
					);
					link.wakers.add(done);
					signal.addEventListener("abort", done, { once: true });
				});

			const ignore = link.attend();
			try {
				for (;;) {
					if (signal.aborted) throw new AuthError("closed");
					const askedAtMs = link.nowMs();
					const known =
						isKnowing && link.listeners.size ? link.sight?.record : undefined;
					let reply: unknown[];
					try {
						reply = (await runScript(link.send, acquireScript, keys, [
							value,
							leaseMs,
							known?.epoch ?? "",
							known?.generation ?? "",
						])) as unknown[];
					} catch (error) {
						// it may yet be given, to nobody: taken back at once instead of blocking the others for its length
						void release(
							{ value, fence: 0, endsAtMs: 0, hasFailedWrite: false },
							true,
						);
						if (
							link.isLocalAllowed &&
							isAuthError(error) &&
							error.code === "unavailable"
						)
							return await work();
						throw error;
					}
					const [kind, first, second] = reply.map(Number) as [
						number,
						number,
						number,
					];
					if (kind === 1) {
						const lease: Lease = {
							value,
							fence: first,
							endsAtMs: askedAtMs + leaseMs,
							hasFailedWrite: false,
						};
						// given so late that it is over, or to somebody who has left (B66)
						if (link.nowMs() >= lease.endsAtMs || signal.aborted) {
							await release(lease, true);
							continue;
						}
						link.lease = lease;
						let isInDoubt = true;
						try {
							const result = await work();
							isInDoubt = isDoubtful(result, lease);
							return result;
						} finally {
							if (link.lease === lease) link.lease = null;
							await release(lease, isInDoubt);
						}
					}
					if (kind === 2) {
						const stamp = { epoch: first, generation: second };
						const isSeen = () =>
							link.sight && !isNewer(stamp, link.sight.record);
						// our own pair of a moment ago, written while this was on its way
						if (isSeen() && link.sight?.isOwn) continue;
						// the winner's result is there: adopted by looking, without a lease and without a refresh
						for (let looks = 0; looks < 2 && !isSeen(); looks++) {
							const seen = nextRead(link, commandTimeoutMs);
							link.hint();
							await seen;
						}
						await taken();
						throw new AuthError("superseded", {
							detail: "another process has renewed it",
						});
					}
					if (kind === 3) isKnowing = await link.restore();
					const leftMs = kind === 0 ? Math.max(first, 0) : 0;
					if (link.nowMs() >= untilMs)
						throw new AuthError("unavailable", {
							detail: "another process is renewing it",
							retryAfterMs: leftMs || null,
						});
					if (kind === 0)
						await pause(
							Math.min(pauseMs * (0.75 + Math.random() / 2), leftMs + 5),
						);
					pauseMs = Math.min(
						pauseMs * 1.5,
						link.hasSubscriber ? lastPauseWithMessagesMs : lastPauseMs,
					);
				}
			} finally {
				ignore();
			}
		},
	};
}
