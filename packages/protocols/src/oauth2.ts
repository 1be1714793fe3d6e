/**
 * Any server of RFC 6749 with a password or a client of its own. Over 200 lines because the options are documented beside
 * the code that reads them.
 */
import {
	type Answer,
	AuthError,
	defineProtocol,
	type Header,
	type JsonObject,
	ownMembers,
	type PlainTokens,
	type Protocol,
	type RefreshExchange,
} from "@keyturn/core";
import { nullish, string } from "valibot";
import { checked } from "./checked.ts";

interface OAuth2CommonOptions<User> {
	/** Where the access token may be sent: the API's origin, with a path prefix if it lives under one. */
	readonly baseUrl: string;
	/** Token endpoint: `/path` under `baseUrl`, or a whole URL. */
	readonly tokenUrl: string;
	/** Revocation endpoint (RFC 7009), called at sign-out. Default: none. */
	readonly revocationUrl?: string;
	readonly clientId: string;
	/**
	 * How the client proves itself (RFC 6749 §2.3.1): an `Authorization: Basic` header, or fields of the body. Default
	 * `basic` with a secret; a public client always names itself in the body.
	 */
	readonly clientAuthentication?: "basic" | "body";
	/** Space-separated. Default: what the server gives by itself. */
	readonly scope?: string;
	/** Further fields of a sign-in, such as `audience` or `resource`. */
	readonly parameters?: Readonly<Record<string, string>>;
	/** See `RefreshExchange`; declare `always` only if the server answers a repeated refresh token alike, however late. */
	readonly resend?: RefreshExchange<User>["resend"];
	/**
	 * Makes `state.user` of a token answer (of an `id_token`, say: unverified); `undefined` leaves it as it was, as after
	 * a refresh. Default `null`. An error thrown here makes the answer a bad response.
	 */
	readUser?(answer: JsonObject): User | undefined;
}

export interface OAuth2PasswordOptions<User = null>
	extends OAuth2CommonOptions<User> {
	/** Resource owner password credentials (RFC 6749 §4.3). */
	readonly grant: "password";
	/** Never in a browser: what is sent to it is no secret. */
	readonly clientSecret?: string;
}

export interface OAuth2ClientOptions<User = null>
	extends OAuth2CommonOptions<User> {
	/** Client credentials (RFC 6749 §4.4): `signIn()` takes nothing, and so does every renewal. */
	readonly grant: "client_credentials";
	/** Never in a browser: what is sent to it is no secret. */
	readonly clientSecret: string;
}

export interface OAuth2Credentials {
	readonly username: string;
	readonly password: string;
}

const credentials = { username: string(), password: string() };

const answer = {
	access_token: string(),
	/** Required by the RFC, left out by some servers. */
	token_type: nullish(string(), "bearer"),
	refresh_token: nullish(string(), null),
};

/**
 * OAuth 2.0 with a login of the client's own: password or client credentials grant, refresh, revocation.
 *
 * @throws AuthError `invalid-option`, naming the option
 */
export function oauth2<User = null>(
	options: OAuth2PasswordOptions<User>,
): Protocol<OAuth2Credentials, User>;
export function oauth2<User = null>(
	options: OAuth2ClientOptions<User>,
): Protocol<void, User>;
export function oauth2<User>(
	given: OAuth2PasswordOptions<User> | OAuth2ClientOptions<User>,
): Protocol<OAuth2Credentials, User> | Protocol<void, User> {
	const options = ownMembers(given);
	const { baseUrl, tokenUrl, revocationUrl, grant, clientId } = options;
	const { clientSecret, scope, parameters, resend, readUser } = options;
	const isClient = grant === "client_credentials";
	if (!isClient && grant !== "password")
		throw new AuthError("invalid-option", { detail: "grant" });
	checked(
		{
			clientId: string(),
			clientSecret: isClient ? string() : nullish(string()),
		},
		options,
		"invalid-option",
	);
	const isBasic = clientSecret && options.clientAuthentication !== "body";

	const form = (
		fields: Readonly<Record<string, string | null | undefined>>,
	): string =>
		`${new URLSearchParams(
			Object.entries({
				...fields,
				...(!isBasic && { client_id: clientId, client_secret: clientSecret }),
			}).filter(([, value]) => value != null) as [string, string][],
		)}`;
	const endpoint = {
		path: tokenUrl,
		label: "tokenUrl",
		...(isBasic && {
			headers: (): readonly Header[] => [
				[
					"authorization",
					// form-encoded before they are joined (RFC 6749 §2.3.1), which also makes them ASCII for btoa
					`Basic ${btoa(`${new URLSearchParams({ [clientId]: clientSecret })}`.replace("=", ":"))}`,
				],
			],
		}),
	};
	const grantForm = (input?: unknown) =>
		form({
			...parameters,
			grant_type: grant,
			// left out, it is no reason to drop one that stands there
			...(scope != null && { scope }),
			...(!isClient && checked(credentials, input, "invalid-option")),
		});

	/**
	 * Of the codes of RFC 6749 §5.2 only `invalid_grant` speaks of the token or the password. `invalid_client` and
	 * `unauthorized_client` speak of the client: a verdict where the client is all there is, else a mistake in the set-up,
	 * which no other password mends. Three codes of other RFCs say "later", often with a 400.
	 */
	const judgeError = ({ error }: JsonObject): Answer<User> | null =>
		error === "invalid_grant"
			? { type: "rejected" }
			: /_client$/.test(error as string)
				? isClient
					? { type: "rejected" }
					: { type: "retryable", code: "bad-response" }
				: /^(server_error|temporarily_|slow_)/.test(error as string)
					? { type: "retryable", code: "unavailable" }
					: null;

	return defineProtocol<OAuth2Credentials | undefined, User>({
		name: `oauth2:${clientId}`,
		baseUrl,
		// nothing but `Authorization` is sent, and browsers drop that at another origin
		redirect: "follow",
		signIn: {
			...endpoint,
			body: grantForm,
		},
		refresh: {
			...endpoint,
			body: ({ refresh }) =>
				isClient
					? grantForm()
					: form({ grant_type: "refresh_token", refresh_token: refresh }),
			// the error code decides: a bare status proves nothing
			rejectedStatuses: [],
			resend: isClient ? "always" : resend,
		},
		...(isClient && { canRefresh: () => true }),
		...(revocationUrl && {
			signOut: {
				...endpoint,
				path: revocationUrl,
				label: "revocationUrl",
				// the refresh token takes the access tokens with it (RFC 7009 §2.1)
				body: ({ access, refresh }: PlainTokens) =>
					form({
						token: refresh ?? access,
						// a hint helps; without one the server looks everywhere
						token_type_hint: refresh && "refresh_token",
					}),
			},
		}),
		read(body): Answer<User> {
			// some servers answer everything with a 200
			const refusal = body.access_token == null && judgeError(body);
			if (refusal) return refusal;
			const { access_token, token_type, refresh_token } = checked(answer, body);
			// a token of a type that is not understood must not be used (RFC 6749 §7.1)
			if (!/^bearer$/i.test(token_type))
				throw new AuthError("bad-response", { detail: "token_type" });
			return {
				type: "ok",
				access: access_token,
				refresh: refresh_token,
				// in seconds; anything but a number is an unknown lifetime (B20)
				lifetimeMs:
					typeof body.expires_in === "number" ? body.expires_in * 1_000 : null,
				// undefined counts as not said
				user: readUser?.(body) as User,
			};
		},
		readFailure: (body, { status }) => (status < 404 ? judgeError(body) : null),
	});
}
