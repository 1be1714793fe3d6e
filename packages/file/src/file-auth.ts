import type { Coordinator, SessionStore } from "@keyturn/core";
import { coordinatorOn } from "./file-coordinator.ts";
import { createFileLink, type FileAuthOptions } from "./file-link.ts";
import { storeOn } from "./file-store.ts";

/** What makes a session that of all processes on a host: spread it into the options of `createAuth`. For one session. */
export interface FileAuth {
	readonly store: SessionStore;
	readonly coordinator: Coordinator;
	/** No timers in a command line: the session renews when it is used. */
	readonly refresh: { readonly eager: false };
}

/**
 * Store and coordinator of one session in a file.
 * @throws AuthError `invalid-option`, naming the option
 */
export function fileAuth(options: FileAuthOptions): FileAuth {
	const link = createFileLink(options);
	return {
		store: storeOn(link),
		coordinator: coordinatorOn(link),
		refresh: { eager: false },
	};
}
