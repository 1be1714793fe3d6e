/**
 * The three APIs described in a few lines, for the tests of this package only: the mock servers must not be judged by the
 * same parsers that they are there to test.
 */
import {
	type Answer,
	defineProtocol,
	type JsonObject,
	type Protocol,
	type RefreshExchange,
} from "@keyturn/core";

type Resend = RefreshExchange<unknown>["resend"];

export interface PlainOptions {
	readonly baseUrl: string;
	readonly resend?: Resend;
}

const text = (body: JsonObject, field: string): string => {
	const value = body[field];
	if (typeof value !== "string") throw new TypeError(field);
	return value;
};

export const plainOz = ({
	baseUrl,
	resend = "when-expired",
}: PlainOptions): Protocol<{ email: string; password: string }, unknown> =>
	defineProtocol<{ email: string; password: string }, unknown>({
		name: "plain-oz",
		baseUrl,
		isSliding: true,
		signIn: {
			path: "/api/authorize/auth",
			body: (credentials) => ({ credentials }),
		},
		refresh: {
			path: "/api/authorize/refresh",
			headers: ({ access }) => [["X-Forensic-Access-Token", access]],
			body: ({ refresh }) => ({ expire_token: refresh }),
			rejectedStatuses: [401, 403],
			resend,
		},
		authorize: ({ access }) => [["X-Forensic-Access-Token", access]],
		judge: ({ status }) => status === 401,
		read: (body, { nowMs }): Answer<unknown> => ({
			type: "ok",
			access: text(body, "access_token"),
			refresh: text(body, "expire_token"),
			lifetimeMs: Math.floor(Number(body.expire_date) * 1_000) - nowMs,
			user: body.user,
		}),
	});

export const plainKazunion = ({
	baseUrl,
}: PlainOptions): Protocol<{ login: string; password: string }, null> =>
	defineProtocol<{ login: string; password: string }>({
		name: "plain-kazunion",
		baseUrl,
		signIn: { path: "/api/Auth/Auth", body: (credentials) => credentials },
		refresh: {
			path: "/api/Auth/RefreshToken",
			body: ({ refresh }) => ({ refreshToken: refresh }),
			rejectedStatuses: [400, 401, 403],
		},
		read: (body): Answer<null> =>
			body.accessToken === null
				? { type: body.passwordExpired ? "password-expired" : "rejected" }
				: {
						type: "ok",
						access: text(body, "accessToken"),
						refresh: text(body, "refreshToken"),
						lifetimeMs: 43_200 * 60_000,
						isPasswordExpired: body.passwordExpired === true,
					},
	});

export const plainOAuth2 = ({
	baseUrl,
}: PlainOptions): Protocol<{ username: string; password: string }, null> =>
	defineProtocol<{ username: string; password: string }>({
		name: "plain-oauth2",
		baseUrl,
		signIn: {
			path: "/oauth/token",
			body: (credentials) =>
				new URLSearchParams({
					grant_type: "password",
					client_id: "public",
					...credentials,
				}).toString(),
		},
		refresh: {
			path: "/oauth/token",
			body: ({ refresh }) =>
				new URLSearchParams({
					grant_type: "refresh_token",
					client_id: "public",
					refresh_token: refresh ?? "",
				}).toString(),
			rejectedStatuses: [400, 401],
		},
		signOut: {
			path: "/oauth/revoke",
			body: ({ refresh, access }) =>
				new URLSearchParams({
					client_id: "public",
					token: refresh ?? access,
				}).toString(),
		},
		read: (body): Answer<null> => ({
			type: "ok",
			access: text(body, "access_token"),
			refresh:
				typeof body.refresh_token === "string" ? body.refresh_token : null,
			lifetimeMs: Number(body.expires_in) * 1_000,
		}),
	});
