/** The API that is measured against, inside the process: a `fetch` with single-use refresh tokens and reuse detection. */

export interface ApiTokens {
	readonly access_token: string;
	readonly refresh_token: string;
	readonly expires_in: number;
}

export type RefreshFault = "503" | "reset" | "hang" | "invalid";

export interface Api {
	readonly fetch: typeof fetch;
	/** What happens at the next refresh, once. */
	fault: RefreshFault | null;
	readonly counts: {
		/** Requests for new tokens. */
		refreshes: number;
		/** Calls that were refused for their token. */
		unauthorized: number;
		/** Refresh tokens that came twice; each ends the session. */
		reuses: number;
	};
	/** The access token that was given last is not known any more. */
	dropAccess(): void;
	zero(): void;
}

export const origin = "https://api.bench.test";

const encode = (value: object): string =>
	Buffer.from(JSON.stringify(value)).toString("base64url");

/** JWTs, since some clients read the expiry from them. */
const jwt = (serial: number): string =>
	`${encode({ alg: "none" })}.${encode({
		sub: "1",
		jti: serial,
		iat: Math.floor(Date.now() / 1_000),
		exp: Math.floor(Date.now() / 1_000) + 3_600,
	})}.x`;

/** @param latencyMs of every answer */
export function createApi(latencyMs: number): Api {
	let serial = 0;
	let access = "";
	let refresh = "";
	let isRevoked = false;
	const counts = { refreshes: 0, unauthorized: 0, reuses: 0 };
	const pause = (ms: number) =>
		new Promise((resolve) => setTimeout(resolve, ms));

	const issue = (): Response => {
		serial++;
		access = jwt(serial);
		refresh = `refresh-${serial}`;
		isRevoked = false;
		return Response.json({
			access_token: access,
			refresh_token: refresh,
			expires_in: 3_600,
			token_type: "bearer",
			scope: "all",
			user: { id: "1", aud: "authenticated", email: "a@b.c" },
		} satisfies ApiTokens & Record<string, unknown>);
	};

	const token = async (request: Request): Promise<Response> => {
		const text = await request.text();
		const isJson = text.startsWith("{");
		const field = (name: string): string =>
			String(
				(isJson
					? (JSON.parse(text) as Record<string, unknown>)[name]
					: new URLSearchParams(text).get(name)) ?? "",
			);
		const presented = field("refresh_token");
		if (!presented) return issue();
		counts.refreshes++;
		const { fault } = api;
		api.fault = null;
		if (fault === "503") return new Response("busy", { status: 503 });
		if (fault === "reset") throw new TypeError("fetch failed");
		if (fault === "invalid") return new Response("<html>welcome</html>");
		if (fault === "hang")
			return new Promise((_, reject) => {
				request.signal.addEventListener("abort", () =>
					reject(request.signal.reason),
				);
			});
		if (presented === refresh && !isRevoked) return issue();
		counts.reuses++;
		isRevoked = true;
		return Response.json({ error: "invalid_grant" }, { status: 400 });
	};

	const api: Api = {
		counts,
		fault: null,
		async fetch(input, init) {
			const request = new Request(input, init);
			await pause(latencyMs);
			request.signal.throwIfAborted();
			if (new URL(request.url).pathname.startsWith("/token"))
				return token(request);
			const sent = request.headers.get("authorization");
			if (sent === `Bearer ${access}` && !isRevoked)
				return Response.json({ ok: true });
			counts.unauthorized++;
			return Response.json(
				{ error: "invalid_token" },
				{
					status: 401,
					headers: { "www-authenticate": 'Bearer error="invalid_token"' },
				},
			);
		},
		dropAccess() {
			access = "dropped";
		},
		zero() {
			counts.refreshes = counts.unauthorized = counts.reuses = 0;
		},
	};
	return api;
}
