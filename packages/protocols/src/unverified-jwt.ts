import { parseJson, plausibleLifetimeMs } from "@keyturn/core";

/**
 * The lifetime that a JWT claims, `exp - iat`, in milliseconds; `null` when it is no JWT (three parts, a JSON object in
 * the middle), lacks one of the two, or claims what cannot be true (outside 5 seconds to 10 years, as with `exp` in
 * milliseconds).
 *
 * Unverified: a client cannot check the signature and must not decide about rights from a token. Total: never throws,
 * whatever the text, also where there is no `atob` (B101).
 */
export function unverifiedJwtLifetimeMs(token: string): number | null {
	try {
		const [, payload = "", signature, rest] = token.split(".");
		if (signature === undefined || rest !== undefined) return null;
		// bytes instead of UTF-8 characters: garbles names in other alphabets, but neither the structure nor numbers
		const { exp, iat } = parseJson(
			atob(payload.replaceAll("-", "+").replaceAll("_", "/")),
		) as Record<string, number>;
		return plausibleLifetimeMs(
			typeof exp === "number" && typeof iat === "number"
				? (exp - iat) * 1_000
				: null,
		);
	} catch {
		return null;
	}
}
