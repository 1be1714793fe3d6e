/** The smallest API with tokens, on a real port, and a session that is signed in to it. */
import {
	type Auth,
	createAuth,
	defineProtocol,
	type Protocol,
	type ProtocolDescription,
	type RefreshPolicy,
} from "@keyturn/core";
import { webPlatform } from "@keyturn/fetch";
import {
	type Answer,
	type Loopback,
	type Seen,
	startLoopback,
} from "./loopback.ts";

/** Marks every token, so that a test can look for it where none may be. */
export const tokenMark = "kt-canary-";

export interface ApiOptions {
	/** Answers what is not a token endpoint, once the token is good. Default: 200 and `<method> <path> <body>`. */
	readonly answer?: Answer;
	readonly description?: Partial<ProtocolDescription<void, null>>;
	readonly lifetimeMs?: number;
	readonly refresh?: RefreshPolicy;
	/** `false`: nobody is signed in. */
	readonly isSignedIn?: boolean;
}

export interface Api extends Loopback {
	readonly auth: Auth<void, null>;
	readonly protocol: Protocol<void, null>;
	/** What reached the API itself, without the token endpoints. */
	readonly calls: readonly Seen[];
	readonly refreshes: number;
	/** The token that the API takes now. */
	readonly good: string;
	/** The API takes no token that it has given; the refresh token stays good. */
	loseToken(): void;
	/** What happens at the refresh endpoint, once. */
	onRefresh: Answer | undefined;
}

/** The header that carries the token; one that `fetch` takes along to any origin. */
export const tokenHeader = "x-api-token";

export async function startApi(options: ApiOptions = {}): Promise<Api> {
	const { answer, description, lifetimeMs = 3_600_000 } = options;
	let issued = 0;
	let refreshes = 0;
	let good = "";
	let onRefresh: Answer | undefined;
	const issue: Answer = (_, out) => {
		issued++;
		good = `${tokenMark}a${issued}`;
		out.end(
			JSON.stringify({ access: good, refresh: `${tokenMark}r${issued}` }),
		);
	};
	const server = await startLoopback((seen, out) => {
		if (seen.path === "/token") return issue(seen, out);
		if (seen.path === "/refresh") {
			refreshes++;
			const act = onRefresh ?? issue;
			onRefresh = undefined;
			return act(seen, out);
		}
		const sent = seen.headers[tokenHeader] ?? seen.headers.authorization;
		if (
			sent !== good &&
			sent !== `Bearer ${good}` &&
			!seen.path.includes("open")
		)
			return void out.writeHead(401).end("no");
		if (answer) answer(seen, out);
		else out.end(`${seen.method} ${seen.path} ${seen.body}`);
	});
	const protocol = defineProtocol<void, null>({
		name: "test",
		baseUrl: server.origin,
		signIn: { path: "/token" },
		refresh: {
			path: "/refresh",
			body: ({ refresh }) => ({ refresh }),
			rejectedStatuses: [400],
		},
		read: ({ access, refresh }) =>
			typeof access === "string" && typeof refresh === "string"
				? { type: "ok", access, refresh, lifetimeMs }
				: null,
		authorize: ({ access }) => [[tokenHeader, access]],
		...description,
	});
	const auth = createAuth({
		protocol,
		platform: webPlatform(),
		refresh: { minIntervalMs: 0, ...options.refresh },
	});
	if (options.isSignedIn !== false) await auth.signIn();
	return {
		...server,
		auth,
		protocol,
		get calls() {
			return server.seen.filter(
				({ path }) => path !== "/token" && path !== "/refresh",
			);
		},
		get refreshes() {
			return refreshes;
		},
		get good() {
			return good;
		},
		loseToken() {
			good = "lost";
		},
		set onRefresh(act: Answer | undefined) {
			onRefresh = act;
		},
		async [Symbol.asyncDispose]() {
			auth.close();
			await server[Symbol.asyncDispose]();
		},
	};
}
