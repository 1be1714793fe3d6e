/**
 * A session's whole life over a real port, in whatever realm this is: sign in, call, run out together, be dropped, be
 * refused, sign out. No test framework, and nothing of Node.js.
 */
import {
	type Auth,
	createAuth,
	exportJournal,
	isAuthError,
	type Platform,
} from "@keyturn/core";
import { createAuthFetch, webPlatform } from "@keyturn/fetch";
import { oz } from "@keyturn/protocols/oz";
import { type Adapter, bare } from "./adapters.ts";
import { apis, type Make } from "./apis.ts";

export interface Life {
	/** Where `startMockApi` serves the APIs, each below its name. */
	readonly url: string;
	readonly adapters: Readonly<Record<string, Adapter>>;
	/** Default: that of this realm. */
	readonly platform?: Platform | undefined;
	/** What happens to the realm once everybody is signed in. */
	readonly meanwhile?: (() => void) | undefined;
	/** Is given each session that has been closed. */
	readonly closed?: ((auth: object) => void) | undefined;
}

/** A session that is signed in, and idle. */
export async function session(
	url: string,
): Promise<{ readonly auth: Auth; end(): Promise<void> }> {
	const auth = createAuth({
		protocol: oz({ baseUrl: `${url}/oz` }),
		platform: webPlatform(),
		refresh: { eager: false },
	});
	await auth.signIn({ email: "user_email", password: "user_password" });
	const response = await createAuthFetch(auth)(`${url}/oz/api/echo`);
	await response.text();
	return {
		auth: auth as Auth,
		async end() {
			await auth.signOut();
			auth.close();
		},
	};
}

const isNot = (what: string, is: unknown, wanted: unknown): void => {
	const [a, b] = [is, wanted].map((value) => JSON.stringify(value));
	if (a !== b) throw new Error(`${what}: ${a}, not ${b}`);
};

/** @returns what was lived, a line for each API and adapter; throws at the first thing that is not as it must be */
export async function live({
	url,
	adapters,
	platform = webPlatform(),
	meanwhile,
	closed,
}: Life): Promise<string[]> {
	const lived: string[] = [];
	for (const [name, make] of Object.entries(apis))
		for (const [how, adapter] of Object.entries(adapters)) {
			const at = `${name} through ${how}`;
			try {
				const auth = await liveOne(
					`${url}/${name}`,
					make,
					adapter,
					platform,
					meanwhile,
				);
				closed?.(auth);
			} catch (error) {
				throw new Error(`${at}: ${(error as Error).stack}`, { cause: error });
			}
			lived.push(at);
		}
	return lived;
}

async function liveOne(
	baseUrl: string,
	make: Make,
	adapter: Adapter,
	web: Platform,
	meanwhile?: () => void,
): Promise<Auth> {
	const { protocol, credentials, wrong } = make(baseUrl);
	let skippedMs = 0;
	const platform: Platform = {
		...web,
		nowMs: () => web.nowMs() + skippedMs,
		monotonicMs: () => web.monotonicMs() + skippedMs,
	};
	const auth = createAuth<unknown, unknown>({
		protocol: protocol as never,
		platform,
		refresh: { eager: false, minIntervalMs: 0 },
	});
	const send = adapter(auth);
	const call = (
		path: string,
		body?: string,
		mode?: "required",
	): Promise<Response> =>
		send(
			baseUrl + path,
			body === undefined ? {} : { method: "POST", body },
			mode,
		);
	const order = async (path: string): Promise<void> => {
		const { ok } = await fetch(
			`${baseUrl}/__mock${path}`,
			bare({ method: "POST", body: "{}", headers: [] }),
		);
		isNot(path, ok, true);
	};
	const storm = async (): Promise<void> => {
		const answers = await Promise.all(
			Array.from("abcdefgh", async (letter) => {
				const response = await call("/api/echo", letter);
				return [
					response.status,
					((await response.json()) as { body: string }).body,
				];
			}),
		);
		isNot(
			"answers",
			answers,
			Array.from("abcdefgh", (letter) => [200, letter]),
		);
	};
	const failure = async (promise: Promise<unknown>): Promise<unknown> => {
		try {
			await promise;
		} catch (error) {
			if (!isAuthError(error)) throw error;
			return [error.code, error.retryAfterMs];
		}
		return null;
	};

	await order("/reset");
	isNot("wrong password", await failure(auth.signIn(wrong)), [
		"rejected",
		null,
	]);
	isNot("signed out", await failure(call("/api/echo", "a", "required")), [
		"signed-out",
		null,
	]);
	await auth.signIn(credentials);
	isNot(
		"generation",
		[auth.state.status, auth.state.generation],
		["authenticated", 1],
	);
	meanwhile?.();
	await storm();
	await order("/expire");
	skippedMs += 31 * 86_400_000;
	await storm();
	isNot("after its time", auth.state.generation, 2);
	await order("/lose");
	await storm();
	isNot("after a 401", auth.state.generation, 3);
	await auth.refresh();
	isNot(
		"after a refresh",
		[auth.state.status, auth.state.generation],
		["authenticated", 4],
	);
	const { journal } = auth;
	isNot("journal", journal.at(-1)?.event.type, "refresh-succeeded");
	isNot(
		"a canary in the journal or the state",
		/kt-canary-/.test(exportJournal(auth) + JSON.stringify(auth.state)),
		false,
	);
	const { isForgotten } = await auth.signOut();
	isNot(
		"signed out",
		[isForgotten, auth.state.status],
		[true, "unauthenticated"],
	);
	// what carries no token goes to fetch as it came, which reads the prototype of an init
	const open = await send(
		`${baseUrl}/api/public`,
		bare({ method: "GET", headers: [] }),
	);
	isNot("bare", open.status, 200);
	auth.close();
	isNot("closed", await failure(auth.refresh()), ["closed", null]);
	return auth;
}
