import type { Coordinator } from "@keyturn/core";
import {
	createFileLink,
	type FileAuthOptions,
	type FileLease,
	type FileLink,
} from "./file-link.ts";
import { waitForLock } from "./wait-for-lock.ts";

/**
 * A lease in a folder beside the file. The name that `exclusive` is given does not matter: one file is one session.
 * @throws AuthError `invalid-option`, naming the option
 */
export function fileCoordinator(options: FileAuthOptions): Coordinator {
	return coordinatorOn(createFileLink(options));
}

export function coordinatorOn(link: FileLink): Coordinator {
	const { path, leaseMs, nowMs } = link;
	return {
		async exclusive(_name, work, { signal, waitMs }) {
			const lock = await waitForLock(`${path}.lease`, {
				leaseMs,
				waitMs,
				signal,
				nowMs,
			});
			const lease: FileLease = {
				lock,
				endsAtMs: nowMs() + leaseMs,
				hasFailedWrite: false,
				hasWritten: false,
			};
			link.lease = lease;
			let result: unknown = "in-doubt";
			try {
				const value = await work();
				result = value;
				return value;
			} finally {
				if (link.lease === lease) link.lease = null;
				const isInDoubt =
					lease.hasFailedWrite || result === "in-doubt" || result === "timeout";
				try {
					// the mark of this lease goes, unless it may be true; an older one stays until there is a new pair
					if (!isInDoubt) lock.note(lease.hasWritten ? null : lock.inherited);
					lock.release();
				} catch {
					// it ends by itself
				}
			}
		},
	};
}
