/** How the tokens of an authority behave. All durations in ms; `null` means "never". */
export interface TokenPolicy {
	/** Life of an access token, from when it is given. */
	readonly lifetimeMs: number;
	/** Life of a refresh token. `null`: as long as its session. */
	readonly refreshLifetimeMs: number | null;
	/** Each accepted request moves the end to now + lifetime, unless it has passed (Oz). */
	readonly isSliding: boolean;
	/**
	 * - `single-use`: a refresh token works once
	 * - `until-new-used`: it works until the pair that it brought has been used (a lost answer does no harm)
	 * - `reusable`: it stays the same for the whole session
	 */
	readonly refreshTokens: "single-use" | "until-new-used" | "reusable";
	/** A used refresh token is answered alike for this long after its first use; 0: not at all. */
	readonly reuseIntervalMs: number;
	/** A refresh token that comes again outside of that interval ends its session: it may have been stolen (RFC 9700 §4.14). */
	readonly isReuseDetected: boolean;
	/** When the access token that was renewed stops working. */
	readonly oldAccess: "until-expiry" | "until-new-used" | "at-once";
}
