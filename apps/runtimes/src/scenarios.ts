/**
 * The one list that runs in every runtime, over both adapters and both APIs. Over 300 lines because the list is the table
 * of results, row by row.
 */
import { exportJournal } from "@keyturn/core";
import { createAuthFetch } from "@keyturn/fetch";
import ky from "ky";
import {
	type Adapter,
	type ApiName,
	assert,
	type Config,
	type Context,
	equal,
	openContext,
	rejection,
	tokenMark,
	until,
} from "./scenario.ts";

const echo = "/api/echo";

const textOf = async (pending: Promise<Response>): Promise<string> => {
	const response = await pending;
	equal(response.status, 200, "status");
	return ((await response.json()) as { body: string }).body;
};

const codeOf = (error: Error): unknown => (error as { code?: unknown }).code;

/** Calls at once, and how many of them were lost. */
async function storm(context: Context, size: number): Promise<void> {
	const answers = await Promise.all(
		Array.from({ length: size }, (_, index) =>
			textOf(context.call(echo, { method: "POST", body: `${index}` })),
		),
	);
	for (const [index, body] of answers.entries())
		equal(body, `${index}`, "each gets its own answer");
}

/** Keeps the first that comes until it is opened. */
function createGate() {
	let open = (): void => {};
	let held = 0;
	const gate = new Promise<void>((resolve) => {
		open = resolve;
	});
	return {
		open: () => open(),
		isHolding: () => held > 0,
		pass: async (): Promise<void> => {
			if (held++ === 0) await gate;
		},
	};
}

/** A gate below the adapter: what `isHeld` picks is answered, and the answer is kept back. */
function holdBack(context: Context, isHeld: (url: string) => boolean) {
	const gate = createGate();
	const { below } = context;
	context.below = async (input, init) => {
		const url = input instanceof Request ? input.url : String(input);
		const response = await below(input, init);
		if (isHeld(url)) await gate.pass();
		return response;
	};
	return gate;
}

/** A gate below the session: its next token request is answered, and the answer is kept back. */
function holdBackTokens(context: Context) {
	const gate = createGate();
	const { send } = context;
	context.send = async (request) => {
		const response = await send(request);
		await gate.pass();
		return response;
	};
	return gate;
}

export const scenarios: Readonly<
	Record<string, (context: Context) => Promise<void>>
> = {
	async "signs in and calls"(context) {
		await context.signIn();
		const response = await context.call(echo);
		const { generation } = (await response.json()) as { generation: number };
		equal([response.status, generation], [200, 1], "status and generation");
		equal(context.auth.state.status, "authenticated", "state");
	},

	async "50 requests on a token whose time is up: one refresh, no 401"(
		context,
	) {
		await context.signIn();
		await context.order("expire");
		context.skip(31 * 86_400_000);
		await storm(context, 50);
		const { refreshes, unauthorized } = await context.counters();
		equal([refreshes, unauthorized], [1, 0], "refreshes and 401s");
	},

	async "50 requests on a token that the server has dropped: one refresh, none lost"(
		context,
	) {
		await context.signIn();
		await context.order("lose");
		await storm(context, 50);
		const { refreshes, unauthorized } = await context.counters();
		equal(refreshes, 1, "refreshes");
		assert(unauthorized <= 50, "at most one 401 for each");
	},

	async "a late 401 for the older token: replayed, no second refresh"(context) {
		await context.signIn();
		await context.order("lose");
		const gate = holdBack(context, (url) => url.endsWith("?late"));
		const late = context.call(`${echo}?late`);
		await until(gate.isHolding, "the late one is on its way");
		equal((await context.call(echo)).status, 200, "the other one");
		gate.open();
		equal((await late).status, 200, "the late one");
		equal((await context.counters()).refreshes, 1, "refreshes");
	},

	async "a 401 for ever: one replay, no loop, body unread"(context) {
		await context.signIn();
		const response = await context.call("/api/unauthorized");
		equal([response.status, response.bodyUsed], [401, false], "answer");
		await response.text();
		const { refreshes, apiRequests } = await context.counters();
		equal([refreshes, apiRequests], [1, 2], "refreshes and calls");
	},

	async "every kind of body is sent again"(context) {
		await context.signIn();
		const form = new FormData();
		form.set("field", "value");
		const url = context.baseUrl + echo;
		for (const [expected, send] of [
			["text", () => context.call(echo, { method: "POST", body: "text" })],
			[
				"bytes",
				() =>
					context.call(echo, {
						method: "PUT",
						body: new TextEncoder().encode("bytes"),
					}),
			],
			[
				"blob",
				() => context.call(echo, { method: "POST", body: new Blob(["blob"]) }),
			],
			[
				"a=b",
				() =>
					context.call(echo, {
						method: "POST",
						body: new URLSearchParams({ a: "b" }),
					}),
			],
			["value", () => context.call(echo, { method: "POST", body: form })],
			[
				"request",
				() =>
					context.call(new Request(url, { method: "POST", body: "request" })),
			],
		] as const) {
			await context.order("lose");
			const body = await textOf(send());
			assert(body.includes(expected), `${expected} became ${body}`);
		}
	},

	async "a streamed body is sent once; its 401 comes back, and the session renews"(
		context,
	) {
		await context.signIn();
		await context.order("lose");
		const init = () => ({
			method: "POST",
			body: new Blob(["streamed"]).stream(),
			duplex: "half" as const,
			// ky gives every body as a Request, and does not say what is in it
			...(context.adapter === "ky" && { replay: false }),
		});
		if (!context.traits.canStream) {
			const url = context.baseUrl + echo;
			const plain = context.adapter === "fetch" ? fetch : ky;
			equal(
				(await rejection(context.call(echo, init()))).name,
				(await rejection(plain(url, init()))).name,
				"as without the adapter",
			);
			return;
		}
		const response = await context.call(echo, init());
		equal([response.status, response.bodyUsed], [401, false], "answer");
		await until(
			() =>
				context.auth.state.status === "authenticated" &&
				context.auth.state.generation === 2,
			"the session renews",
		);
		equal(await textOf(context.call(echo, init())), "streamed", "the next one");
	},

	async "a redirect within the API carries the token"(context) {
		await context.signIn();
		const pending = context.call("/api/redirect?status=307", {
			method: "POST",
			body: "moved",
		});
		if (context.traits.hidesRedirects) {
			equal((await rejection(pending)).name, "TypeError", "refused");
			return;
		}
		const response = await pending;
		equal(
			[response.redirected, response.url],
			[true, context.baseUrl + echo],
			"looks redirected",
		);
		equal(await textOf(Promise.resolve(response)), "moved", "body");
	},

	async "a redirect to a foreign origin carries no token"(context) {
		await context.signIn();
		const to = encodeURIComponent(`${context.foreign}/taken`);
		const pending = context.call(`/api/redirect?to=${to}`);
		if (context.traits.hidesRedirects) await rejection(pending);
		else equal(await (await pending).text(), "foreign", "arrives bare");
		equal(
			await (await fetch(`${context.foreign}/seen`)).text(),
			"no token",
			"what the foreign server has seen",
		);
	},

	async "an abort frees the caller at once, and the refresh goes on"(context) {
		await context.signIn();
		await context.order("lose");
		const gate = holdBackTokens(context);
		const abort = new AbortController();
		const pending = rejection(context.call(echo, { signal: abort.signal }));
		await until(gate.isHolding, "the refresh is under way");
		equal(context.auth.state.status, "refreshing", "state at the abort");
		abort.abort(new Error("mine"));
		equal((await pending).message, "mine", "reason");
		equal(context.auth.state.status, "refreshing", "state");
		const next = context.call(echo);
		gate.open();
		equal((await next).status, 200, "the next one");
		equal((await context.counters()).refreshes, 1, "refreshes");
	},

	async "a sign-out in mid-refresh is final"(context) {
		await context.signIn();
		await context.order("lose");
		const gate = holdBackTokens(context);
		const pending = context.call(echo).then(
			({ status }) => status,
			(error: Error) => codeOf(error),
		);
		await until(gate.isHolding, "the refresh is under way");
		equal(context.auth.state.status, "refreshing", "state at the sign-out");
		await context.auth.signOut();
		assert(
			[401, "signed-out"].includes((await pending) as never),
			`the request got ${await pending}`,
		);
		equal((await context.counters()).refreshes, 1, "refreshes");
		gate.open();
		// the answer has come in when this is over
		await new Promise((resolve) => setTimeout(resolve, 50));
		equal(context.auth.state.status, "unauthenticated", "state");
		const bare = await context.call(echo);
		assert(bare.status >= 400, "calls go out bare");
	},

	async "a refresh that answers 503 once: nobody notices"(context) {
		await context.signIn();
		await context.order("lose");
		await context.fail({ type: "status", status: 503 }, { on: "refresh" });
		await storm(context, 10);
		equal((await context.counters()).refreshes, 1, "refreshes");
	},

	async "a token endpoint that nobody serves: a typed error"({
		traits,
		closed,
		adapter,
		...config
	}) {
		const context = await openContext(
			{ ...config, traits, closed },
			"oz",
			adapter,
			closed,
		);
		const error = await rejection(context.signIn());
		equal(error.name, "AuthError", "error");
		equal(codeOf(error), "unavailable", "code");
		context.auth.close();
	},

	async "looks like fetch"({ auth }) {
		const authFetch = createAuthFetch(auth);
		equal([authFetch.name, authFetch.length], ["fetch", 1], "name and length");
		const answer = await authFetch("data:text/plain,hello");
		equal(await answer.text(), "hello", "data: URL");
		const error = await rejection(authFetch("http://"));
		equal(error.name, "TypeError", "a bad URL");
	},
};

export interface Outcome {
	readonly scenario: string;
	readonly adapter: Adapter;
	readonly api: ApiName;
	/** `null`: it holds. */
	readonly failure: string | null;
}

async function playOne(
	config: Config,
	scenario: string,
	adapter: Adapter,
	api: ApiName,
): Promise<Outcome> {
	const context = await openContext(config, api, adapter);
	let failure: string | null = null;
	try {
		await context.order("reset");
		await scenarios[scenario]?.(context);
		assert(
			!exportJournal(context.auth).includes(tokenMark),
			"no token in the journal",
		);
	} catch (error) {
		failure = String(error);
	}
	context.auth.close();
	return { scenario, adapter, api, failure };
}

/**
 * One after the other, except that the APIs do not see each other.
 * @public what each runtime is started with imports it from the bundle
 */
export async function runScenarios(config: Config): Promise<Outcome[]> {
	const outcomes: Outcome[] = [];
	for (const scenario of Object.keys(scenarios))
		for (const adapter of ["fetch", "ky"] as const)
			outcomes.push(
				...(await Promise.all(
					(["oz", "kazunion"] as const).map((api) =>
						playOne(config, scenario, adapter, api),
					),
				)),
			);
	return outcomes;
}
