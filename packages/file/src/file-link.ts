import { realpathSync } from "node:fs";
import { resolve } from "node:path";
import { AuthError } from "@keyturn/core";
import type { HeldLock } from "./numbered-lock.ts";

/** All durations in milliseconds. */
export interface FileAuthOptions {
	/**
	 * Where the session lies, and nothing else: `~/.local/state/<app>/session.json`, say. Beside it appear two folders,
	 * `<path>.lease` and `<path>.lock`. A local disk: locks on network file systems are not to be relied on.
	 */
	readonly path: string;
	/**
	 * How long a holder that is alive and says nothing keeps the others waiting, 100 to 300,000; longer than
	 * `refresh.timeoutMs`. A holder that has died keeps nobody waiting. Default 15,000.
	 */
	readonly leaseMs?: number | undefined;
}

/** A lease that this process has. */
export interface FileLease {
	readonly lock: HeldLock;
	/** On {@link FileLink.nowMs}. */
	readonly endsAtMs: number;
	/** A new pair could not be written. */
	hasFailedWrite: boolean;
	hasWritten: boolean;
}

/** What store and coordinator of one session in one process share. */
export interface FileLink {
	readonly path: string;
	readonly leaseMs: number;
	lease: FileLease | null;
	/** Durations only. */
	nowMs(): number;
}

/** Behind a link, one file has one lock, whatever it is called, and a write leaves the link. */
function realPathOf(path: string): string {
	try {
		return realpathSync(path);
	} catch {
		// nothing is there yet
		return path;
	}
}

/** @throws AuthError `invalid-option`, naming the option */
export function createFileLink({
	path,
	leaseMs = 15_000,
}: FileAuthOptions): FileLink {
	if (typeof path !== "string" || path === "")
		throw new AuthError("invalid-option", { detail: "path" });
	if (!(leaseMs >= 100 && leaseMs <= 300_000))
		throw new AuthError("invalid-option", { detail: "leaseMs" });
	return {
		// once: a process may change its folder
		path: realPathOf(resolve(path)),
		leaseMs,
		lease: null,
		nowMs: () => performance.now(),
	};
}
