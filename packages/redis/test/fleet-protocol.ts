import type { Protocol } from "@keyturn/core";
import { type OAuth2Credentials, oauth2 } from "@keyturn/protocols/oauth2";

/** What the mock authority of the fleet speaks: single-use refresh tokens, reuse detection. */
export const protocolOf = (
	baseUrl: string,
): Protocol<OAuth2Credentials, null> =>
	oauth2({
		baseUrl,
		tokenUrl: "/oauth/token",
		grant: "password",
		clientId: "public",
	});
