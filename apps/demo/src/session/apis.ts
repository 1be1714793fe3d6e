/** The three APIs, as far as the explorer has to know them apart. */
import type { Auth, AuthOptions, HttpRequest, Protocol } from "@keyturn/core";
import { createAuth } from "@keyturn/core";
import { kazunion } from "@keyturn/protocols/kazunion";
import { oauth2 } from "@keyturn/protocols/oauth2";
import { oz } from "@keyturn/protocols/oz";
import type { CallKind } from "./trace.ts";

export type ApiId = "oz" | "kazunion" | "oauth2";

/** Login and password of one kind of account of the mock. */
export interface Sample {
	readonly label: string;
	readonly login: string;
	readonly password: string;
}

export interface Api {
	readonly id: ApiId;
	readonly label: string;
	readonly loginLabel: string;
	readonly samples: readonly Sample[];
	/** What is worth knowing, one line each. */
	readonly facts: readonly string[];
	/** Documented lifetime of an access token, ms. */
	readonly lifetimeMs: number;
	readonly baseUrl: string;
	readonly open: (
		options: Omit<AuthOptions<unknown, unknown>, "protocol">,
	) => Auth;
	readonly credentials: (login: string, password: string) => unknown;
	readonly nameOf: (user: unknown, login: string) => string;
	readonly kindOf: (request: HttpRequest) => CallKind;
}

interface Description<Credentials, User>
	extends Omit<Api, "open" | "credentials" | "nameOf" | "baseUrl"> {
	readonly protocol: (baseUrl: string) => Protocol<Credentials, User>;
	readonly credentials: (login: string, password: string) => Credentials;
	readonly nameOf: (user: User | null, login: string) => string;
}

/** Forgets the types of credentials and user: the page treats all three alike. */
function define<Credentials, User>({
	protocol,
	nameOf,
	...rest
}: Description<Credentials, User>): Api {
	const baseUrl = new URL(`mock/${rest.id}`, document.baseURI).href;
	return {
		...rest,
		baseUrl,
		open: (options) =>
			createAuth({ ...options, protocol: protocol(baseUrl) }) as Auth,
		nameOf: (user, login) => nameOf(user as User | null, login),
	};
}

const minutes = 60_000;
const days = 1_440 * minutes;

export const apis: readonly Api[] = [
	define({
		id: "oz",
		label: "Oz",
		loginLabel: "E-mail",
		lifetimeMs: 15 * minutes,
		samples: [
			{
				label: "Right password",
				login: "user_email",
				password: "user_password",
			},
			{ label: "Wrong password", login: "user_email", password: "guess" },
			{
				label: "Somebody else",
				login: "other_email",
				password: "other_password",
			},
		],
		facts: [
			"15 minutes, sliding: each accepted request extends them",
			"A header of its own: X-Forensic-Access-Token",
			"A refresh needs both tokens, and the old pair dies at the first use of the new one",
		],
		protocol: (baseUrl) => oz({ baseUrl }),
		credentials: (email, password) => ({ email, password }),
		nameOf: (user, login) =>
			[user?.first_name, user?.last_name].filter(Boolean).join(" ") || login,
		kindOf: ({ url }) => (/\/auth$/.test(url) ? "sign-in" : "refresh"),
	}),
	define({
		id: "kazunion",
		label: "Kazunion",
		loginLabel: "Login",
		lifetimeMs: 30 * days,
		samples: [
			{ label: "Right password", login: "string", password: "string" },
			{ label: "Wrong password", login: "string", password: "guess" },
			{
				label: "Password expired, tokens given",
				login: "expired",
				password: "expired",
			},
			{
				label: "Password expired, no tokens",
				login: "locked",
				password: "locked",
			},
		],
		facts: [
			"30 days: more than a timer can hold",
			"The answer has no expiry; it is read from the token, if that is a JWT",
			"An expired password may come with tokens, or without",
		],
		protocol: (baseUrl) => kazunion({ baseUrl, timezoneOffsetMinutes: 240 }),
		credentials: (login, password) => ({ login, password }),
		nameOf: (_user, login) => login,
		kindOf: ({ url }) => (/\/Auth$/.test(url) ? "sign-in" : "refresh"),
	}),
	define({
		id: "oauth2",
		label: "OAuth 2.0",
		loginLabel: "User name",
		lifetimeMs: 60 * minutes,
		samples: [
			{ label: "Right password", login: "user", password: "password" },
			{ label: "Wrong password", login: "user", password: "guess" },
		],
		facts: [
			"An hour; the answer says so",
			"An answer without a refresh token keeps the old one",
			"Signing out revokes the tokens at the server",
		],
		protocol: (baseUrl) =>
			oauth2({
				grant: "password",
				baseUrl,
				tokenUrl: "/oauth/token",
				revocationUrl: "/oauth/revoke",
				clientId: "public",
			}),
		credentials: (username, password) => ({ username, password }),
		nameOf: (_user, login) => login,
		kindOf: ({ url, body }) =>
			/\/revoke$/.test(url)
				? "sign-out"
				: /grant_type=refresh_token/.test(body ?? "")
					? "refresh"
					: "sign-in",
	}),
];

export const apiOf = (id: string | null): Api =>
	apis.find((api) => api.id === id) ?? (apis[0] as Api);
