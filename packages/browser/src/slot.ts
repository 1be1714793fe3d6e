import {
	AuthError,
	isSessionRecord,
	type SessionRecord,
	type Stamp,
} from "@keyturn/core";
import type { FaultListener, StorageFault } from "./storage-fault.ts";

const isNewer = (value: unknown): boolean =>
	((value as Partial<SessionRecord> | null)?.schema as number) > 1;

/** What was read, if it is a session; else `null`. Core looks at it again, and knows which protocol is ours. */
export function accept(
	value: unknown,
	report: FaultListener,
): SessionRecord | null {
	if (value == null) return null;
	// a missing or odd name is no text, and so not the same as itself as text
	if (isSessionRecord(value, String((value as SessionRecord).protocol)))
		return value;
	report(isNewer(value) ? "newer-schema" : "corrupted");
	return null;
}

/**
 * May `next` take the place of `value`? The comparison of compare-and-set; what is no session counts as nothing there,
 * else one damaged entry would keep every later session from being stored.
 * @throws AuthError `port-failed` with the fault as its detail when it may not, however often it is tried (B68)
 */
export function isExpected(
	value: unknown,
	expected: Stamp | null,
	next: SessionRecord,
	report: FaultListener,
): boolean {
	const current = accept(value, report);
	const detail: StorageFault | null | false = isNewer(value)
		? "newer-schema"
		: current && current.protocol !== next.protocol && "foreign";
	if (detail) throw new AuthError("port-failed", { detail });
	return (
		current?.epoch === expected?.epoch &&
		current?.generation === expected?.generation
	);
}
