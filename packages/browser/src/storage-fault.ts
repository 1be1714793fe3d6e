/**
 * What was wrong with a browser storage.
 *
 * - `blocked`: it may not be used or does not answer (cookies blocked, sandboxed frame, not a browser)
 * - `full`: the quota is used up
 * - `corrupted`: what was there is no session; it counts as nothing there
 * - `newer-schema`: a newer version of this package wrote it; it is neither used nor overwritten
 * - `foreign`: another protocol's session is there; it is neither used nor overwritten
 */
export type StorageFault =
	| "blocked"
	| "full"
	| "corrupted"
	| "newer-schema"
	| "foreign";

/** Called once for each kind of fault. Never gets what was in the storage. */
export type FaultListener = (fault: StorageFault) => void;
