import type { WindowPolicy } from "./arrival.ts";
import type { AuthOptions } from "./auth.ts";
import { AuthError } from "./auth-error.ts";

export interface Policy extends WindowPolicy {
	readonly isEager: boolean;
	readonly timeoutMs: number;
	readonly deadlineMs: number;
	readonly lockWaitMs: number;
	readonly minIntervalMs: number;
	readonly maxSessionMs: number;
	readonly journalLimit: number;
}

const invalid = (name: string): never => {
	throw new AuthError("invalid-option", { detail: name });
};

const hasMethods = (value: unknown, name: string, methods: string): void => {
	for (const method of methods.split(" "))
		if (
			typeof (value as Record<string, unknown> | null | undefined)?.[method] !==
			"function"
		)
			invalid(`${name}.${method}`);
};

/**
 * Types say all of this; callers from JavaScript get it at once and by name instead of later and by accident.
 * @throws AuthError `invalid-option`
 */
export function readOptions<Credentials, User>(
	options: AuthOptions<Credentials, User>,
): Policy {
	const { protocol, platform, store, coordinator, signals } = options;
	hasMethods(protocol, "protocol", "covers authorize judge");
	hasMethods(protocol.signIn, "protocol.signIn", "request judge");
	hasMethods(platform, "platform", "nowMs monotonicMs schedule random send");
	if (store) hasMethods(store, "store", "read swap");
	if (coordinator) hasMethods(coordinator, "coordinator", "exclusive");
	if (signals) hasMethods(signals, "signals", "subscribe");
	const refresh = options.refresh ?? {};
	const duration = <T>(name: string, value: unknown, otherwise: T) => {
		if (value === undefined) return otherwise;
		return typeof value === "number" && value >= 0 ? value : invalid(name);
	};
	const of = <T>(name: keyof typeof refresh, otherwise: T) =>
		duration(`refresh.${name}`, refresh[name], otherwise);
	return {
		isEager: refresh.eager !== false,
		shouldMarginMs: of("shouldMarginMs", undefined),
		mustMarginMs: of("mustMarginMs", undefined),
		timeoutMs: of("timeoutMs", 10_000),
		deadlineMs: of("deadlineMs", 10_000),
		lockWaitMs: of("lockWaitMs", 15_000),
		minIntervalMs: of("minIntervalMs", 10_000),
		maxSessionMs: duration("maxSessionMs", options.maxSessionMs, Infinity),
		journalLimit: duration("journalLimit", options.journalLimit, 100),
	};
}
