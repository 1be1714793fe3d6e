/** Names that code reads from options, inits, answers and descriptors, and what an attacker may have put there. */

/** Names that Keyturn, `fetch` and the APIs have a meaning for: what is not said must not be read from the prototype. */
const meaningful =
	`access access_token accessToken account action age afterMs anonymous arrival atMs attempt auth authorize
	before body cache canRefresh cause clientAuthentication clientSecret clone closed code context
	cookie coordinator count credentials custom date deadlineMs detail dispatcher duplex eager endsAtMs epoch epochFloor
	error error_code error_description errors exp expire_date expire_token expires_in expiresIn failure fetch fingerprint
	form found generation grant grant_type headers host hooks input integrity isBackground isByHand isDoubtful isInDoubt
	isOffline isPasswordExpired isSliding issues jitter journalLimit keepalive kind label lang lifetimeMs location lockWaitMs
	maxResponseBytes maxSessionMs message meta_data method minIntervalMs mode mustMarginMs name offset ok onError once
	optional origin owner parameters passwordExpired path pending policy prefix priority protocol rank readFailure readUser
	reason receivedAtMs redirect redirected referrer referrerPolicy refresh refresh_token refreshToken rejectedStatuses
	replay required resend responseType retry retryAfterMs revocationUrl schema scope searchParams sendTimeoutMs session
	shouldMarginMs signIn signOut signal signals size statusText status store subscribe swap text then throwHttpErrors timeout
	timeoutMs title token token_type tokens totalTimeout transport type undefined url usable user value wasHeld window`
		.trim()
		.split(/\s+/);

/** What property descriptors are read by: the language itself asks the prototype for these. */
const descriptive = ["get", "set", "configurable", "enumerable", "writable"];

export const names: readonly string[] = [...meaningful, ...descriptive];
/** Node.js 26 reads these from the prototype itself: its own `fetch` fails, or answers with them. */
const unbearable =
	"body dispatcher error get mode referrer required set signal status statusText timeout window".split(
		" ",
	);

export const bearable: readonly string[] = meaningful.filter(
	(name) => !unbearable.includes(name),
);

/** One of each kind that `typeof` tells, and every kind that a check may take for an answer. */
export const hostileValues: Readonly<Record<string, unknown>> = {
	text: "hostile",
	true: true,
	number: -1,
	object: Object.freeze({ __proto__: null, hostile: "hostile" }),
	list: Object.freeze(["hostile"]),
	function: () => "hostile",
};

/**
 * @param prototype that of the realm which is polluted
 * @returns takes it all back
 */
export function pollute(
	prototype: object,
	polluted: readonly string[],
	value: unknown,
): () => void {
	for (const name of polluted)
		Object.defineProperty(prototype, name, {
			__proto__: null,
			value,
			configurable: true,
			// as `target.__proto__.name = value` would leave it
			enumerable: true,
			writable: true,
		} as PropertyDescriptor);
	return () => {
		for (const name of polluted) Reflect.deleteProperty(prototype, name);
	};
}
