import { expect, test } from "vitest";
import {
	type Auth,
	AuthError,
	createAuth,
	createMemoryStore,
	defineStore,
	type Grant,
	type RefreshPolicy,
	type SessionRecord,
	type Signal,
} from "../../src/index.ts";
import { createBench, json } from "../bench.ts";

type Bench = ReturnType<typeof createBench>;

const url = "https://a.test/x";
const user = { user: "u" };

async function signedIn(
	bench: Bench,
	refresh: RefreshPolicy = { eager: false },
	options: object = {},
) {
	const auth = createAuth({
		protocol: bench.protocol,
		platform: bench.platform,
		refresh,
		...options,
	});
	await auth.signIn(user);
	return auth;
}

const codeOf = (promise: unknown): Promise<string> =>
	Promise.resolve(promise).then(
		() => "none",
		(error: AuthError) => error.code,
	);

const tokenOf = (grant: Grant | null): string | undefined =>
	grant?.headers[0]?.[1];

test("B2 a background refresh that fails leaves a good token in use, and does not try again at each request", async () => {
	const bench = createBench();
	const auth = await signedIn(bench);
	bench.answerWith(async () => json({}, 503));
	await bench.advance(50_000);
	for (let i = 0; i < 100; i++)
		expect(tokenOf(auth.authorize(url) as Grant)).toBe("Bearer a1");
	await bench.advance(1);
	expect(auth.state).toMatchObject({
		status: "authenticated",
		failure: { code: "unavailable" },
	});
	for (let i = 0; i < 100; i++) auth.authorize(url);
	expect(bench.asked).toBe(2);
});

test("B7 ten signals in a row cost one refresh, and none before the back-off is over", async () => {
	const bench = createBench();
	let signal: (signal: Signal) => void = () => {};
	const auth = await signedIn(
		bench,
		{ eager: false },
		{
			signals: {
				subscribe(listener: typeof signal) {
					signal = listener;
					return () => {};
				},
			},
		},
	);
	bench.answerWith(async () => json({}, 503));
	await bench.advance(60_000);
	for (let i = 0; i < 10; i++) signal("online");
	await bench.advance(0);
	expect(bench.asked).toBe(2);
	for (let i = 0; i < 10; i++) signal("online");
	await bench.advance(0);
	expect(bench.asked).toBe(2);
	await bench.advance(1_000);
	signal("online");
	await bench.advance(0);
	expect(bench.asked).toBe(3);
	expect(auth.state.status).toBe("expired");
});

test("B9 B41 a slow request whose token expired meanwhile is renewed once, however many answers say so", async () => {
	const bench = createBench();
	const auth = await signedIn(bench);
	const old = auth.authorize(url) as Grant;
	const renewed = await Promise.all(
		Array.from({ length: 50 }, () => auth.renew(old)),
	);
	expect(new Set(renewed.map(tokenOf))).toEqual(new Set(["Bearer a2"]));
	expect(tokenOf(await auth.renew(old))).toBe("Bearer a2");
	expect(bench.asked).toBe(2);
});

test("B14 S9 a no that comes after somebody else's yes is answered by adopting it", async () => {
	const bench = createBench();
	const store = createMemoryStore();
	const auth = await signedIn(
		bench,
		{ eager: false },
		{
			store: defineStore({ read: store.read, swap: store.swap }),
		},
	);
	bench.hold();
	await bench.advance(60_000);
	const waiting = auth.authorize(url);
	await bench.advance(0);
	const record = (await store.read()) as SessionRecord;
	store.swap(record, {
		...record,
		generation: 2,
		access: "theirs",
		refresh: "theirs-too",
		receivedAtMs: bench.platform.nowMs(),
	});
	bench.release(json({}, 401));
	expect(tokenOf(await waiting)).toBe("Bearer theirs");
	expect(auth.state).toMatchObject({ status: "authenticated", generation: 2 });
});

test("B19 the same refresh token again is a new generation", async () => {
	const bench = createBench();
	const auth = await signedIn(bench);
	bench.answerWith(async () => json({ a: "a2", r: "r1" }));
	await auth.refresh();
	expect(auth.state.generation).toBe(2);
	bench.answerWith(async () => json({ a: "a3", r: "r1" }));
	await auth.refresh();
	expect(auth.state.generation).toBe(3);
});

test("B21 B23 tokens whose lifetime nobody can believe are used, and renewed at most once an interval", async () => {
	const bench = createBench(-5);
	const auth = await signedIn(bench);
	for (let second = 0; second < 60; second++) {
		const grant = (await auth.authorize(url)) as Grant;
		await auth.renew(grant);
		await bench.advance(1_000);
	}
	expect(bench.asked).toBeLessThanOrEqual(1 + 6);
	expect(auth.state.status).toBe("authenticated");
});

test("B28 the pair in the store is one value: no write ever mixes two", async () => {
	const bench = createBench();
	const written: SessionRecord[] = [];
	const memory = createMemoryStore();
	const auth = await signedIn(
		bench,
		{ eager: false },
		{
			store: defineStore({
				read: memory.read,
				swap(expected, next) {
					written.push(next);
					return memory.swap(expected, next);
				},
			}),
		},
	);
	for (let i = 0; i < 5; i++) await auth.refresh();
	await auth.signOut();
	expect(
		written.map(({ access, refresh }) => [access, refresh].join()),
	).toEqual(["a1,r1", "a2,r2", "a3,r3", "a4,r4", "a5,r5", "a6,r6", ","]);
});

test("B39 a lifetime with a fraction of a millisecond changes nothing", async () => {
	const bench = createBench(60_000.75);
	const auth = await signedIn(bench);
	await bench.advance(56_999);
	expect(tokenOf(await auth.authorize(url))).toBe("Bearer a1");
	await bench.advance(2);
	expect(tokenOf(await auth.authorize(url))).toBe("Bearer a2");
});

test("B44 a listener may refresh, authorize and sign out: the flight has landed before it runs", async () => {
	const bench = createBench();
	const auth = await signedIn(bench);
	const seen: unknown[] = [];
	let isFirst = true;
	auth.subscribe(() => {
		if (auth.state.status !== "authenticated" || !isFirst) return;
		isFirst = false;
		seen.push(tokenOf(auth.authorize(url) as Grant));
		void auth.refresh().then(async () => {
			seen.push(tokenOf((await auth.authorize(url)) as Grant));
			await auth.signOut();
			seen.push(auth.state.status);
		});
	});
	await auth.refresh();
	await bench.advance(0);
	await bench.advance(0);
	expect(seen).toEqual(["Bearer a2", "Bearer a3", "unauthenticated"]);
});

test("B45 a listener that throws stops no other, and its error is reported", async () => {
	const bench = createBench();
	const errors: unknown[] = [];
	const auth = await signedIn(
		bench,
		{ eager: false },
		{
			onError: (error: unknown) => errors.push(error),
		},
	);
	const boom = new Error("listener");
	let called = 0;
	auth.subscribe(() => {
		throw boom;
	});
	auth.subscribe(() => {
		called++;
	});
	await auth.refresh();
	expect(called).toBeGreaterThan(0);
	expect(new Set(errors)).toEqual(new Set([boom]));
	expect(auth.state.generation).toBe(2);
});

test("B45 without onError it is thrown where the runtime sees it, and not into the session", async () => {
	const bench = createBench();
	const auth = await signedIn(bench);
	auth.subscribe(() => {
		throw new Error("listener");
	});
	await auth.refresh();
	expect(auth.state.generation).toBe(2);
	await expect(bench.advance(0)).rejects.toThrow("listener");
});

test("B45 an onError that throws stops no session: the runtime sees its error", async () => {
	const bench = createBench();
	const seen: unknown[] = [];
	const others = process.listeners("unhandledRejection");
	process.removeAllListeners("unhandledRejection");
	process.on("unhandledRejection", (error) => void seen.push(error));
	try {
		const auth = await signedIn(
			bench,
			{ eager: false },
			{
				store: defineStore({
					read: () => {
						throw new Error("store");
					},
					swap: () => {
						throw new Error("store");
					},
				}),
				onError: (error: unknown) => {
					throw error;
				},
			},
		);
		auth.subscribe(() => {
			throw new Error("listener");
		});
		await auth.refresh();
		expect(tokenOf(auth.authorize(url) as Grant)).toBe("Bearer a2");
		await auth.signOut();
		expect(auth.state.status).toBe("unauthenticated");
		await new Promise((resolve) => setImmediate(resolve));
		expect(new Set(seen.map(String))).toEqual(
			new Set(["AuthError: port-failed", "Error: listener"]),
		);
	} finally {
		process.removeAllListeners("unhandledRejection");
		for (const listener of others) process.on("unhandledRejection", listener);
	}
});

test("B46 a store, a coordinator or a timer that throws leaves a session that works", async () => {
	const bench = createBench();
	const fail = (): never => {
		throw new Error("port");
	};
	const auth = createAuth({
		protocol: bench.protocol,
		platform: { ...bench.platform, schedule: fail, random: fail },
		store: defineStore({ read: fail, swap: fail, subscribe: fail }),
		coordinator: { exclusive: fail },
		signals: { subscribe: fail },
	});
	await auth.signIn(user);
	expect(auth.isPersisted).toBe(false);
	expect(tokenOf(auth.authorize(url) as Grant)).toBe("Bearer a1");
	expect(await codeOf(auth.refresh())).toBe("unavailable");
	expect(auth.state.status).toBe("authenticated");
	auth.close();
});

test("B47 a refresh that fails with nobody waiting is nobody's unhandled rejection", async () => {
	const rejections: unknown[] = [];
	const note = (reason: unknown) => rejections.push(reason);
	process.on("unhandledRejection", note);
	const bench = createBench();
	const auth = await signedIn(bench, {});
	bench.answerWith(async () => {
		throw new TypeError("fetch failed");
	});
	await bench.advance(300_000);
	expect(auth.state.status).toBe("expired");
	auth.close();
	await new Promise((resolve) => setImmediate(resolve));
	process.off("unhandledRejection", note);
	expect(rejections).toEqual([]);
});

test("B48 B12 ten thousand who wait for a refresh that hangs leave at their deadline, and nothing stays behind", async () => {
	const bench = createBench();
	const auth = await signedIn(bench);
	bench.hold();
	await bench.advance(60_000);
	const codes = Array.from({ length: 10_000 }, () =>
		codeOf(auth.authorize(url)),
	);
	expect(bench.timers.size).toBeLessThanOrEqual(2);
	await bench.advance(10_000);
	expect(new Set(await Promise.all(codes))).toEqual(new Set(["timeout"]));
	expect(bench.asked).toBe(2);
	expect(bench.timers.size).toBe(0);
	// the late answer holds the only live pair (B4)
	bench.release();
	await bench.advance(0);
	expect(tokenOf(auth.authorize(url) as Grant)).toBe("Bearer a2");
});

test("B10 an abort frees its caller at once with its own reason, and nobody else", async () => {
	const bench = createBench();
	const auth = await signedIn(bench);
	bench.hold();
	await bench.advance(60_000);
	const controller = new AbortController();
	const mine = Promise.resolve(
		auth.authorize(url, { signal: controller.signal }),
	).catch((error: unknown) => error);
	const theirs = auth.authorize(url);
	const reason = new Error("mine");
	controller.abort(reason);
	expect(await mine).toBe(reason);
	bench.release();
	expect(tokenOf(await theirs)).toBe("Bearer a2");
});

test("B56 B81 S7 another account in the store: requests of the old one are rejected, not sent as the new one", async () => {
	const bench = createBench();
	const store = createMemoryStore();
	const auth = await signedIn(bench, { eager: false }, { store });
	const old = auth.authorize(url) as Grant;
	bench.hold();
	await bench.advance(60_000);
	const waiting = codeOf(auth.authorize(url));
	await bench.advance(0);
	const record = (await store.read()) as SessionRecord;
	store.swap(record, {
		...record,
		epoch: record.epoch + 5,
		generation: 1,
		access: "b1",
		refresh: "rb1",
		receivedAtMs: bench.platform.nowMs(),
	});
	expect(await waiting).toBe("superseded");
	expect(await auth.renew(old)).toBe(null);
	expect(tokenOf(auth.authorize(url) as Grant)).toBe("Bearer b1");
	bench.release();
	await bench.advance(0);
	expect(tokenOf(auth.authorize(url) as Grant)).toBe("Bearer b1");
});

test("B73 a store that has gone back is written again, and does not take memory back with it", async () => {
	const bench = createBench();
	const memory = createMemoryStore();
	let hint = (): void => {};
	let stale: SessionRecord | null = null;
	const auth = await signedIn(
		bench,
		{ eager: false },
		{
			store: defineStore({
				read: () => stale ?? memory.read(),
				swap(expected, next) {
					const there = stale;
					stale = null;
					return there
						? expected?.generation === there.generation
						: memory.swap(expected, next);
				},
				subscribe(listener) {
					hint = listener;
					return () => {};
				},
			}),
		},
	);
	const first = (await memory.read()) as SessionRecord;
	await auth.refresh();
	stale = first;
	hint();
	expect(auth.state.generation).toBe(2);
	expect(auth.isPersisted).toBe(true);
});

test("B76 a store that cannot be told of a sign-out keeps nothing of it in memory, and the caller is told", async () => {
	const bench = createBench();
	let isBroken = false;
	const memory = createMemoryStore();
	const auth = await signedIn(
		bench,
		{ eager: false },
		{
			store: defineStore({
				read: memory.read,
				swap(expected, next) {
					if (isBroken) throw new Error("quota");
					return memory.swap(expected, next);
				},
			}),
		},
	);
	isBroken = true;
	expect(await auth.signOut()).toEqual({ isForgotten: false, isRevoked: true });
	expect(auth.state).toMatchObject({ status: "unauthenticated", user: null });
	expect(auth.authorize(url)).toBe(null);
});

test("B78 S6 what answers after a sign-out is dropped, and its tokens are revoked", async () => {
	const bench = createBench();
	const store = createMemoryStore();
	const auth = await signedIn(bench, { eager: false }, { store });
	bench.hold();
	await bench.advance(60_000);
	const waiting = codeOf(auth.authorize(url));
	await bench.advance(0);
	const signingOut = auth.signOut();
	expect(auth.state).toMatchObject({
		status: "unauthenticated",
		reason: "signed-out",
	});
	expect(await waiting).toBe("signed-out");
	await signingOut;
	bench.release();
	await bench.advance(0);
	expect(auth.state.status).toBe("unauthenticated");
	expect(await store.read()).toMatchObject({ access: null });
	expect(bench.revoked).toBe(2);
});

test("B79 a sign-out without a network ends the session first and whatever happens", async () => {
	const bench = createBench();
	const auth = await signedIn({
		...bench,
		platform: {
			...bench.platform,
			send: (request) =>
				request.url.endsWith("/revoke")
					? Promise.reject(new TypeError("offline"))
					: bench.platform.send(request),
		},
	} as Bench);
	const signingOut = auth.signOut();
	expect(auth.state.status).toBe("unauthenticated");
	expect(await signingOut).toEqual({ isForgotten: true, isRevoked: false });
});

test("B80 a sign-out under way does not end the session that was begun after it", async () => {
	const bench = createBench();
	const auth = await signedIn(
		bench,
		{ eager: false },
		{
			store: createMemoryStore(),
		},
	);
	const signingOut = auth.signOut();
	await auth.signIn(user);
	await signingOut;
	expect(auth.state).toMatchObject({ status: "authenticated" });
	expect(tokenOf(auth.authorize(url) as Grant)).toBe("Bearer a2");
});

test("B82 of two sign-ins the last counts; the first is superseded, and its tokens are revoked", async () => {
	const bench = createBench();
	const auth = createAuth({
		protocol: bench.protocol,
		platform: bench.platform,
		refresh: { eager: false },
	});
	bench.hold();
	const first = codeOf(auth.signIn(user));
	const second = auth.signIn(user);
	expect(await first).toBe("superseded");
	bench.release(json({ a: "first", r: "r" }));
	await bench.advance(0);
	expect(bench.revoked).toBe(1);
	bench.release(json({ a: "second", r: "r" }));
	await second;
	expect(tokenOf(auth.authorize(url) as Grant)).toBe("Bearer second");
});

test("B83 close() in the middle of everything leaves no timer, and later calls say so", async () => {
	const bench = createBench();
	const auth: Auth<{ user: string }, null> = await signedIn(bench, {});
	bench.hold();
	await bench.advance(60_000);
	const waiting = codeOf(auth.authorize(url));
	const signingIn = codeOf(auth.signIn(user));
	auth.close();
	auth.close();
	expect(await waiting).toBe("closed");
	expect(await signingIn).toBe("closed");
	expect(bench.timers.size).toBe(0);
	for (const later of [
		auth.authorize(url),
		auth.refresh(),
		auth.signIn(user),
		auth.renew({ epoch: 1, generation: 1, atMs: 0, headers: [] }),
	])
		expect(await codeOf(later)).toBe("closed");
});

test("B85 past its absolute limit a session ends, however often it was renewed, and nothing starts it again", async () => {
	const bench = createBench();
	const auth = await signedIn(
		bench,
		{ eager: false },
		{ maxSessionMs: 100_000 },
	);
	await bench.advance(60_000);
	expect(tokenOf(await auth.authorize(url))).toBe("Bearer a2");
	await bench.advance(40_000);
	expect(await codeOf(auth.refresh())).toBe("session-ended");
	expect(auth.state).toMatchObject({
		status: "unauthenticated",
		reason: "session-ended",
	});
	expect(auth.authorize(url)).toBe(null);
	expect(bench.asked).toBe(2);
});

test("a missing port or a bad number is named, and a plain object is no store", () => {
	const { protocol, platform } = createBench();
	const detailOf = (options: object): unknown => {
		try {
			createAuth({ protocol, platform, ...options } as never);
			return "none";
		} catch (error) {
			return error instanceof AuthError && error.code === "invalid-option"
				? error.detail
				: error;
		}
	};
	expect(detailOf({})).toBe("none");
	expect(detailOf({ platform: undefined })).toBe("platform.send");
	expect(detailOf({ protocol: {} })).toBe("protocol.signIn");
	expect(detailOf({ store: { read() {}, swap() {} } })).toBe("store");
	expect(detailOf({ refresh: { timeoutMs: -1 } })).toBe("timeoutMs");
	expect(detailOf({ refresh: { deadlineMs: "5" } })).toBe("deadlineMs");
	expect(detailOf({ maxSessionMs: Number.NaN })).toBe("maxSessionMs");
});
