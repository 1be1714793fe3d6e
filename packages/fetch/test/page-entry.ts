/** What a page of the browser tests can use. */
import { createAuth, defineProtocol } from "@keyturn/core";
import { createAuthFetch, webPlatform } from "@keyturn/fetch";

export interface Setup {
	readonly baseUrl: string;
	/** `bearer`: in `Authorization`; `custom`: in a header that browsers carry anywhere. */
	readonly header: "bearer" | "custom";
	readonly redirect?: "follow";
}

async function open({ baseUrl, header, redirect }: Setup) {
	const auth = createAuth({
		protocol: defineProtocol<void, null>({
			name: "page",
			baseUrl,
			// the page's own, so that an API at another origin need not allow it
			signIn: { path: `${location.origin}/token` },
			refresh: {
				path: "/refresh",
				body: ({ refresh }) => ({ refresh }),
				rejectedStatuses: [400],
			},
			read: ({ access, refresh }) => ({
				type: "ok",
				access: String(access),
				refresh: String(refresh),
				lifetimeMs: 3_600_000,
			}),
			...(header === "custom" && {
				authorize: ({ access }) => [["x-api-token", access]] as const,
			}),
			...(redirect && { redirect }),
		}),
		platform: webPlatform(),
		refresh: { minIntervalMs: 0 },
	});
	await auth.signIn();
	return { auth, authFetch: createAuthFetch(auth) };
}

export interface Tools {
	readonly createAuth: typeof createAuth;
	readonly open: typeof open;
	readonly webPlatform: typeof webPlatform;
}

declare global {
	/** Of the page. */
	var tools: Tools;
}

globalThis.tools = { createAuth, open, webPlatform };
