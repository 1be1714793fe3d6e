/** A whole session in virtual time, against a mock authority. */
import { type Auth, createAuth, isAuthError } from "@keyturn/core";
import { type AuthFetch, createAuthFetch } from "@keyturn/fetch";
import { kazunion } from "@keyturn/protocols/kazunion";
import { oauth2 } from "@keyturn/protocols/oauth2";
import { oz } from "@keyturn/protocols/oz";
import {
	type Authority,
	createKazunionAuthority,
	createOAuth2Authority,
	createOzAuthority,
	type VirtualPlatform,
	virtualPlatform,
} from "@keyturn/testing";

export const baseUrl = "https://api.test";
export const lifetimeMs = 60_000;

export interface World extends Disposable {
	readonly platform: VirtualPlatform;
	readonly api: Authority<never>;
	readonly auth: Auth;
	readonly authFetch: AuthFetch;
	/** Statuses and codes of so many calls at once, counted. */
	storm(size: number): Promise<Record<string, number>>;
}

const kinds = {
	oz: (platform: VirtualPlatform) => ({
		api: createOzAuthority({ ...platform.forServer, lifetimeMs }),
		protocol: oz({ baseUrl }),
		credentials: { email: "user_email", password: "user_password" },
	}),
	kazunion: (platform: VirtualPlatform) => ({
		api: createKazunionAuthority({ ...platform.forServer, lifetimeMs }),
		protocol: kazunion({ baseUrl, timezoneOffsetMinutes: 240 }),
		credentials: { login: "string", password: "string" },
	}),
	"oauth2 with a reuse interval": (platform: VirtualPlatform) => ({
		api: createOAuth2Authority({
			...platform.forServer,
			lifetimeMs,
			reuseIntervalMs: 30_000,
		}),
		protocol: oauth2({
			baseUrl,
			tokenUrl: "/oauth/token",
			grant: "password",
			clientId: "public",
			resend: "always",
		}),
		credentials: { username: "user", password: "password" },
	}),
};

export async function openWorld(
	kind: keyof typeof kinds,
	clockOffsetMs = 0,
): Promise<World> {
	const platform = virtualPlatform();
	const { api, protocol, credentials } = kinds[kind](platform);
	platform.network.connect(api);
	platform.setWallClock(platform.nowMs() + clockOffsetMs);
	const auth = createAuth({
		protocol: protocol as never,
		platform,
		refresh: { eager: false },
	}) as Auth;
	await auth.signIn(credentials);
	const authFetch = createAuthFetch(auth, { fetch: platform.fetch });
	return {
		platform,
		api: api as Authority<never>,
		auth,
		authFetch,
		async storm(size) {
			const counts: Record<string, number> = {};
			await Promise.all(
				Array.from({ length: size }, async () => {
					const outcome = await authFetch(`${baseUrl}/api/echo`).then(
						({ status }) => `${status}`,
						(error: unknown) => (isAuthError(error) ? error.code : `${error}`),
					);
					counts[outcome] = (counts[outcome] ?? 0) + 1;
				}),
			);
			return counts;
		},
		[Symbol.dispose]: () => auth.close(),
	};
}
