import { Secret, type Session } from "@keyturn/core";

export interface SessionShape {
	/** ms; `null`: unknown. Default 15 minutes. */
	readonly lifetimeMs?: number | null;
	/** Default `false`. */
	readonly isPasswordExpired?: boolean;
	/** `false`: only a new sign-in helps. Default `true`. */
	readonly isRefreshable?: boolean;
}

/** @param endsAtMs the absolute limit; default: none */
export function sessionOf(
	generation: number,
	receivedAtMs: number,
	shape: SessionShape,
	endsAtMs: number = Infinity,
): Session {
	const {
		lifetimeMs = 900_000,
		isPasswordExpired = false,
		isRefreshable = true,
	} = shape;
	const lastsMs = lifetimeMs ?? Infinity;
	const token = (kind: string) =>
		new Secret(`kt-canary-ready-${kind}-${generation}`);
	return {
		tokens: {
			access: token("access"),
			refresh: isRefreshable ? token("refresh") : null,
		},
		receivedAtMs,
		signedInAtMs: receivedAtMs,
		lifetimeMs,
		shouldRefreshAtMs: receivedAtMs + lastsMs * 0.8,
		mustRefreshAtMs: receivedAtMs + lastsMs * 0.95,
		endsAtMs,
		isRefreshable,
		isPasswordExpired,
	};
}
