/**
 * What a session costs: `pnpm --filter @keyturn/core bench`. Prints figures and ratios and asserts nothing: they are for
 * people, on a machine that does nothing else.
 */
import {
	type Auth,
	type AuthEvent,
	type AuthState,
	createAuth,
	defineProtocol,
	type Platform,
	Secret,
	transition,
} from "@keyturn/core";

const url = "https://api.example.com/orders";
const lifetimeMs = 900_000;

const protocol = defineProtocol({
	name: "cost",
	baseUrl: "https://api.example.com",
	signIn: { path: "/sign-in" },
	refresh: { path: "/refresh", rejectedStatuses: [401] },
	read: () => ({
		type: "ok",
		access: "access",
		refresh: "refresh",
		lifetimeMs,
	}),
});

let offsetMs = 0;
const platform: Platform = {
	nowMs: () => Date.now() + offsetMs,
	monotonicMs: () => performance.now() + offsetMs,
	schedule(delayMs, callback, { isBackground }) {
		const timer = setTimeout(callback, delayMs);
		if (isBackground) timer.unref();
		return () => clearTimeout(timer);
	},
	random: Math.random,
	send: async () => ({ status: 200, headers: {}, body: "{}" }),
};

/** What `run` gives goes here, so that nothing is optimised away. */
let sink: unknown;

/** Median of several rounds, ns per call. */
function nsPerCall(calls: number, run: () => unknown, rounds = 25): number {
	const times: number[] = [];
	for (let round = 0; round < rounds; round++) {
		const startedAt = process.hrtime.bigint();
		for (let call = 0; call < calls; call++) sink = run();
		times.push(Number(process.hrtime.bigint() - startedAt) / calls);
	}
	return times.sort((a, b) => a - b)[rounds >> 1] as number;
}

const print = (what: string, figure: string, note = ""): void =>
	console.log(`${what.padEnd(46)} ${figure.padStart(14)}  ${note}`);
const ns = (figure: number): string => `${figure.toFixed(1)} ns`;

// transition

const session = {
	tokens: { access: new Secret("a"), refresh: new Secret("r") },
	receivedAtMs: 0,
	signedInAtMs: 0,
	lifetimeMs,
	shouldRefreshAtMs: 700_000,
	mustRefreshAtMs: 890_000,
	endsAtMs: Infinity,
	isRefreshable: true,
	isPasswordExpired: false,
};
const authenticated: AuthState = {
	status: "authenticated",
	epoch: 1,
	generation: 1,
	session,
	user: null,
	usable: true,
	cause: null,
	attempt: 0,
	failure: null,
	retryAtMs: -Infinity,
	rejectedAtMs: -Infinity,
};
const idle: AuthEvent = { type: "due", atMs: 1 };
const due: AuthEvent = { type: "due", atMs: 800_000 };
print(
	"transition, ignored",
	ns(nsPerCall(200_000, () => transition(authenticated, idle))),
);
print(
	"transition, authenticated to refreshing",
	ns(nsPerCall(200_000, () => transition(authenticated, due))),
);

// authorize

using auth = createAuth({ protocol, platform, refresh: { eager: false } });
await auth.signIn();
const authorize = nsPerCall(200_000, () => auth.authorize(url));
const headers = nsPerCall(50_000, () => {
	const made = new Headers();
	made.set("authorization", "Bearer access");
	return made;
});
print("authorize, ready", ns(authorize));
print(
	"new Headers() and one set",
	ns(headers),
	`authorize costs ${(authorize / headers).toFixed(3)} of it`,
);
if (auth.authorize(url) instanceof Promise)
	throw new Error("the ready path is not synchronous");

// Those who wait

const settled: number[] = [];
for (let round = 0; round < 9; round++) {
	offsetMs += lifetimeMs;
	const waiting = Array.from({ length: 10_000 }, () => auth.authorize(url));
	const startedAt = process.hrtime.bigint();
	await Promise.all(waiting);
	settled.push(Number(process.hrtime.bigint() - startedAt) / 1e6);
}
const median = settled.sort((a, b) => a - b)[4] as number;
print(
	"10^4 who wait, from refresh to all settled",
	`${median.toFixed(1)} ms`,
	`${((median * 1e6) / 10_000).toFixed(0)} ns each`,
);

// Idle sessions

const options = { protocol, platform, refresh: { eager: false } };
print(
	"createAuth, eager: false",
	`${(nsPerCall(2_000, () => createAuth(options)) / 1_000).toFixed(2)} µs`,
);
sink = null;
const gc = globalThis.gc;
if (gc) {
	const heapOf = async (
		make: () => Auth<void> | Promise<Auth<void>>,
	): Promise<number> => {
		const count = 100_000;
		const sessions: Auth<void>[] = new Array(count);
		gc();
		const before = process.memoryUsage().heapUsed;
		for (let index = 0; index < count; index++) sessions[index] = await make();
		gc();
		const bytes = (process.memoryUsage().heapUsed - before) / count;
		sink = sessions;
		return bytes;
	};
	const timers = (): number =>
		process.getActiveResourcesInfo().filter((name) => name === "Timeout")
			.length;
	const timersBefore = timers();
	const idleBytes = await heapOf(() => createAuth(options));
	print(
		"10^5 sessions, signed out",
		`${Math.round(idleBytes)} bytes`,
		`each; ${timers() - timersBefore} timers`,
	);
	const signedInBytes = await heapOf(async () => {
		const own = createAuth(options);
		await own.signIn();
		return own;
	});
	print(
		"10^5 sessions, signed in",
		`${Math.round(signedInBytes)} bytes`,
		`each; ${timers() - timersBefore} timers`,
	);
	const bareBytes = await heapOf(() =>
		createAuth({ ...options, journalLimit: 0 }),
	);
	print(
		"10^5 sessions, without a journal",
		`${Math.round(bareBytes)} bytes`,
		"each",
	);
} else console.log("bytes per session: run with --expose-gc");
if (sink === undefined) throw new Error("nothing was measured");
