import {
	type Answer,
	AuthError,
	defineProtocol,
	type Protocol,
} from "@keyturn/core";
import { boolean, nullish, string } from "valibot";
import { checked } from "./checked.ts";
import { unverifiedJwtLifetimeMs } from "./unverified-jwt.ts";

export { unverifiedJwtLifetimeMs };

export interface KazunionOptions {
	/** Origin of the API, with a path prefix if it lives under one. */
	readonly baseUrl: string;
	/**
	 * The caller's offset from UTC in minutes, positive east of Greenwich: 240 is Georgia. The opposite sign of
	 * `Date#getTimezoneOffset`. -840 to 840, whole; a function is asked for every request.
	 */
	readonly timezoneOffsetMinutes: number | (() => number);
}

export interface KazunionCredentials {
	readonly login: string;
	readonly password: string;
}

/** Documented: 43,200 minutes, for access tokens that do not say it themselves. */
const documentedLifetimeMs = 43_200 * 60_000;

const credentials = { login: string(), password: string() };

const answer = {
	accessToken: nullish(string(), null),
	refreshToken: nullish(string(), null),
	passwordExpired: boolean(),
};
const pair = { ...answer, passwordExpired: nullish(boolean(), false) };

/**
 * The integration API of Kazunion.
 *
 * A password that has expired is an outcome of its own: without tokens `signIn` rejects with `password-expired`, with
 * tokens the session says `isPasswordExpired`.
 *
 * @throws AuthError `invalid-option`, naming the option; `auth.authorize` likewise when the function gives no valid offset
 */
export function kazunion({
	baseUrl,
	timezoneOffsetMinutes,
}: KazunionOptions): Protocol<KazunionCredentials, null> {
	const timezone = (): string => {
		const minutes =
			typeof timezoneOffsetMinutes === "function"
				? timezoneOffsetMinutes()
				: timezoneOffsetMinutes;
		if (!Number.isInteger(minutes) || Math.abs(minutes) > 840)
			throw new AuthError("invalid-option", {
				detail: "timezoneOffsetMinutes",
			});
		return `${minutes}`;
	};
	if (typeof timezoneOffsetMinutes !== "function") timezone();

	return defineProtocol<KazunionCredentials>({
		name: "kazunion",
		baseUrl,
		authorize: ({ access }) => [
			["Authorization", `Bearer ${access}`],
			["X-nugios-timezone", timezone()],
		],
		signIn: {
			path: "/api/Auth/Auth",
			body: (input) => checked(credentials, input, "invalid-option"),
		},
		refresh: {
			path: "/api/Auth/RefreshToken",
			body: ({ refresh }) => ({ refreshToken: refresh }),
			rejectedStatuses: [400, 401, 403],
		},
		read(body): Answer<null> | null {
			const { accessToken, refreshToken, passwordExpired } = checked(
				// new tokens are not thrown away for a `false` that a serializer left out; without them it is the verdict
				body.accessToken == null ? answer : pair,
				body,
			);
			if (accessToken !== null)
				return {
					type: "ok",
					access: accessToken,
					refresh: refreshToken,
					lifetimeMs:
						unverifiedJwtLifetimeMs(accessToken) ?? documentedLifetimeMs,
					isPasswordExpired: passwordExpired,
				};
			// one token without the other is neither a yes nor a no
			return refreshToken !== null
				? null
				: { type: passwordExpired ? "password-expired" : "rejected" };
		},
	});
}
