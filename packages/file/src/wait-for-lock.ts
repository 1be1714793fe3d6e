import { type AbortSignalLike, AuthError } from "@keyturn/core";
import { type HeldLock, isHeld, tryLock } from "./numbered-lock.ts";

/** Between two looks, ms. There is nobody who could call: a look is a few system calls. */
const firstPauseMs = 5;
const lastPauseMs = 100;

export interface LockWait {
	readonly leaseMs: number;
	readonly waitMs: number;
	readonly signal?: AbortSignalLike | undefined;
	/** Durations only, ms. */
	readonly nowMs: () => number;
}

/** @throws AuthError `unavailable` when the wait is over, `closed` when the signal aborts, `port-failed` */
export async function waitForLock(
	directory: string,
	{ leaseMs, waitMs, signal, nowMs }: LockWait,
): Promise<HeldLock> {
	const untilMs = nowMs() + waitMs;
	let pauseMs = firstPauseMs;
	let holder = "";
	let overdueAtMs = 0;
	for (;;) {
		if (signal?.aborted) throw new AuthError("closed");
		const atMs = nowMs();
		const lock = lockOrThrow(
			directory,
			leaseMs,
			holder && atMs >= overdueAtMs ? holder : null,
		);
		if (isHeld(lock)) return lock;
		if (lock.holder !== holder) {
			holder = lock.holder;
			overdueAtMs = atMs + lock.leaseMs;
		}
		if (atMs >= untilMs)
			throw new AuthError("unavailable", {
				detail: "another process is renewing it",
				retryAfterMs: lock.leftMs || null,
			});
		await pause(
			Math.min(pauseMs * (0.75 + Math.random() / 2), untilMs - atMs),
			signal,
		);
		pauseMs = Math.min(pauseMs * 1.5, lastPauseMs);
	}
}

/** A disk that is full, a folder that may not be written: the code says what, the path is nobody's business. */
function lockOrThrow(...args: Parameters<typeof tryLock>) {
	try {
		return tryLock(...args);
	} catch (error) {
		throw fileError(error);
	}
}

export function fileError(error: unknown): AuthError {
	const code = (error as NodeJS.ErrnoException | null)?.code;
	return new AuthError("port-failed", {
		detail: `file: ${typeof code === "string" && /^[A-Z0-9_]{2,30}$/.test(code) ? code : "failed"}`,
	});
}

function pause(
	delayMs: number,
	signal: AbortSignalLike | undefined,
): Promise<void> {
	return new Promise((resolve) => {
		const done = () => {
			clearTimeout(timer);
			signal?.removeEventListener("abort", done);
			resolve();
		};
		const timer = setTimeout(done, Math.max(delayMs, 0));
		signal?.addEventListener("abort", done, { once: true });
	});
}
