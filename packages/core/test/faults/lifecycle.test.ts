import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import {
	type Auth,
	type AuthState,
	defineStore,
	type Signals,
} from "../../src/index.ts";
import {
	apiUrl,
	createLock,
	createRecordStore,
	createStage,
	flush,
	lifetimeMs,
	outcomeOf,
	type Stage,
	shouldRefreshAfterMs,
	tokenOf,
	type User,
} from "../stage.ts";

let stage: Stage;
beforeEach(() => {
	stage = createStage();
});
afterEach(() => stage.close());

const servers = { refresh: { eager: false } } as const;

test("B78 S6 a sign-out during a refresh counts now; the late pair is dropped, revoked and never stored", async () => {
	const store = createRecordStore();
	const auth = await stage.signedIn({ store: defineStore(store), ...servers });
	stage.hold();
	const waiting = outcomeOf(auth.refresh());
	await flush();
	const arrive = stage.reachLast("/refresh");
	const leaving = auth.signOut();
	expect(auth.state.status).toBe("unauthenticated");
	stage.serveAgain();
	for (const item of stage.to("/sign-out")) stage.serve(item);
	await leaving;
	arrive();
	await flush();
	expect(waiting.error).toBe("signed-out");
	expect(auth.state.status).toBe("unauthenticated");
	expect(stage.to("/sign-out").map(({ subject }) => subject)).toEqual([
		"refresh-ann1.1",
		"refresh-ann1.2",
	]);
	expect(JSON.stringify(store.written.at(-1))).not.toContain("ann1");
	expect(store.record?.access).toBe(null);
});

test("B79 offline, a sign-out ends the session here; the caller learns which half failed", async () => {
	const store = createRecordStore();
	const auth = await stage.signedIn({ store: defineStore(store) });
	stage.answerWith(({ fail }) => fail());
	expect(await auth.signOut()).toEqual({ isForgotten: true, isRevoked: false });
	expect(store.record?.access).toBe(null);
	store.fault = { swap: new Error("quota"), read: new Error("denied") };
	const other = await (async () => {
		stage.serveAgain();
		return stage.signedIn({ store: defineStore(store) });
	})();
	expect(await other.signOut()).toEqual({
		isForgotten: false,
		isRevoked: true,
	});
	expect(other.state.status).toBe("unauthenticated");
});

test("B79 with an expired token, a sign-out does not refresh first", async () => {
	const auth = await stage.signedIn(servers);
	await stage.advance(10 * lifetimeMs);
	await auth.signOut();
	expect(stage.to("/refresh")).toHaveLength(0);
});

test("B58 the request that ends a session may outlive its page, and no other", async () => {
	const platform = stage.platform();
	const send = vi.spyOn(platform, "send");
	const auth = await stage.signedIn({ platform });
	await auth.refresh();
	await auth.signOut();
	expect(
		send.mock.calls.map(([{ url, keepalive }]) => [
			new URL(url).pathname,
			keepalive,
		]),
	).toEqual([
		[expect.stringContaining("sign-in"), undefined],
		[expect.stringContaining("refresh"), undefined],
		[expect.stringContaining("sign-out"), true],
	]);
});

test("B80 the late answer to a sign-out cannot end the session that was begun after it", async () => {
	const auth = await stage.signedIn(servers);
	stage.hold();
	const leaving = auth.signOut();
	await flush();
	const [revocation] = stage.to("/sign-out");
	stage.serveAgain();
	await auth.signIn({ name: "bob" });
	revocation?.answer(500, {});
	expect(await leaving).toMatchObject({ isRevoked: false });
	expect(auth.state).toMatchObject({ user: { name: "bob" } });
});

test("B81 an account switch keeps nothing: budget, failure and user begin anew", async () => {
	const auth = await stage.signedIn(servers);
	const grant = await auth.authorize(apiUrl);
	if (grant) await auth.renew(grant);
	stage.answerWith((item) =>
		item.path === "/refresh" ? item.answer(503, {}) : stage.serve(item),
	);
	await auth.refresh().catch(() => {});
	await auth.signIn({ name: "bob" });
	expect(auth.state).toMatchObject({
		user: { name: "bob" },
		failure: null,
		attempt: 0,
		rejectedAtMs: -Infinity,
		retryAtMs: -Infinity,
	});
	expect(grant && (await auth.renew(grant))).toBe(null);
});

test("B82 of three clicks the last counts; the others reject as superseded, and their tokens are revoked", async () => {
	const auth = stage.open();
	stage.hold();
	const clicks = ["ann", "bob", "eve"].map((name) =>
		outcomeOf(auth.signIn({ name })),
	);
	await flush();
	expect(clicks.map(({ error }) => error)).toEqual([
		"superseded",
		"superseded",
		undefined,
	]);
	stage.serveAgain();
	// answered in the wrong order
	for (const item of stage.to("/sign-in").reverse()) stage.serve(item);
	await flush();
	expect(auth.state).toMatchObject({ user: { name: "eve" } });
	expect(stage.to("/sign-out").map(({ subject }) => subject)).toEqual([
		"refresh-bob2.1",
		"refresh-ann3.1",
	]);
});

describe("B83 close() leaves nothing behind in any state", () => {
	const closers: Record<string, (auth: Auth<User, User>) => unknown> = {
		"signed out": () => {},
		"signing in": (auth) => {
			stage.hold();
			return { waiting: outcomeOf(auth.signIn({ name: "ann" })) };
		},
		authenticated: (auth) => auth.signIn({ name: "ann" }),
		refreshing: async (auth) => {
			await auth.signIn({ name: "ann" });
			stage.hold();
			outcomeOf(auth.refresh());
			await flush();
		},
		"waiting for a lock": async (auth) => {
			await auth.signIn({ name: "ann" });
			outcomeOf(auth.refresh());
		},
		"backing off": async (auth) => {
			await auth.signIn({ name: "ann" });
			stage.answerWith(({ answer }) => answer(503, {}));
			await stage.advance(lifetimeMs);
		},
	};

	test.each(Object.keys(closers))("%s", async (state) => {
		const store = createRecordStore();
		const heard = new Set<() => void>();
		const signals: Signals = {
			subscribe(listener) {
				const own = () => listener("online");
				heard.add(own);
				return () => {
					heard.delete(own);
				};
			},
		};
		const coordinator = createLock(stage);
		if (state === "waiting for a lock") coordinator.isHeld = true;
		const auth = stage.open({
			store: defineStore(store),
			signals,
			coordinator,
		});
		await closers[state]?.(auth);
		await flush();
		const waiting = outcomeOf(auth.authorize(apiUrl, { required: true }));
		auth.close();
		auth.close();
		await flush();
		expect(stage.timers).toEqual([]);
		expect(store.listeners.size).toBe(0);
		expect(heard.size).toBe(0);
		expect(coordinator.waiting).toBe(0);
		expect(waiting.isSettled).toBe(true);
		const later = [
			outcomeOf<unknown>(auth.signIn({ name: "ann" })),
			outcomeOf<unknown>(auth.refresh()),
			outcomeOf<unknown>(auth.authorize(apiUrl)),
		];
		await flush();
		expect(later.map(({ error }) => error)).toEqual([
			"closed",
			"closed",
			"closed",
		]);
		auth[Symbol.dispose]();
	});

	test("it tells nobody: the stored session outlives it", async () => {
		const store = createRecordStore();
		const auth = await stage.signedIn({ store: defineStore(store) });
		auth.close();
		expect(stage.open({ store: defineStore(store) }).state.status).toBe(
			"authenticated",
		);
	});

	test("B63 a refresh that was sent brings its pair home to the store", async () => {
		const store = createRecordStore();
		const auth = await stage.signedIn({ store: defineStore(store) });
		stage.hold();
		outcomeOf(auth.refresh());
		await flush();
		auth.close();
		const [refresh] = stage.to("/refresh");
		if (refresh) stage.serve(refresh);
		await flush();
		expect(store.record).toMatchObject({
			generation: 2,
			access: "access-ann1.2",
		});
		expect(stage.timers).toEqual([]);
	});
});

test("B84 each sign-in is a session of its own: never merged with the one before or with the store's", async () => {
	const store = createRecordStore();
	const auth = await stage.signedIn({ store: defineStore(store) });
	const first = auth.state;
	await auth.refresh();
	const second = await auth.signIn({ name: "ann" });
	expect(second.epoch).toBeGreaterThan(first.epoch);
	expect(second.generation).toBe(1);
	expect(store.record).toMatchObject({
		epoch: second.epoch,
		generation: 1,
		refresh: "refresh-ann2.1",
	});
	// login CSRF, fixation: the former pair is ended at the server
	expect(stage.to("/sign-out").map(({ subject }) => subject)).toEqual([
		"refresh-ann1.2",
	]);
});

test("B85 past the absolute limit a session cannot be renewed by anybody, and says so", async () => {
	const auth = await stage.signedIn({ maxSessionMs: 120_000, ...servers });
	await stage.advance(100_000);
	expect(tokenOf(await auth.authorize(apiUrl))).toBe("access-ann1.2");
	const grant = await auth.authorize(apiUrl);
	await stage.advance(20_000);
	const asked = outcomeOf(auth.refresh());
	await flush();
	expect(asked.error).toBe("session-ended");
	expect(auth.state).toMatchObject({
		status: "unauthenticated",
		reason: "session-ended",
	});
	expect(grant && (await auth.renew(grant))).toBe(null);
	expect(stage.to("/refresh")).toHaveLength(1);
});

test("L6 S13 after a sign-out everything is quiet: no timer, no request, no change, for a day", async () => {
	const auth = await stage.signedIn({
		store: defineStore(createRecordStore()),
	});
	await stage.advance(shouldRefreshAfterMs);
	await auth.signOut();
	const sent = stage.sent.length;
	const { state } = auth;
	expect(stage.timers).toEqual([]);
	await stage.advance(86_400_000);
	expect(stage.sent).toHaveLength(sent);
	expect(auth.state).toBe(state);
});

test("S14 what a subscriber sees is a path through the diagram, without repetition, and each session ends once", async () => {
	const auth = stage.open(servers);
	const seen: AuthState[] = [auth.state];
	auth.subscribe(() => seen.push(auth.state));
	await auth.signIn({ name: "ann" });
	await auth.refresh();
	await stage.advance(lifetimeMs);
	await auth.authorize(apiUrl);
	stage.answerWith(({ answer }) => answer(503, {}));
	await stage.advance(lifetimeMs);
	outcomeOf(auth.authorize(apiUrl));
	await stage.advance(5_000);
	stage.answerWith(({ answer }) => answer(401, {}));
	await auth.refresh().catch(() => {});
	await auth.signOut();
	const ends = seen.filter(
		(state, index) =>
			state.status === "unauthenticated" &&
			seen[index - 1]?.status !== "unauthenticated",
	);
	expect(seen.map(({ status }) => status)).toEqual([
		"unauthenticated",
		"unauthenticated",
		"authenticated",
		"refreshing",
		"authenticated",
		"refreshing",
		"authenticated",
		"refreshing",
		"expired",
		"refreshing",
		"expired",
		"refreshing",
		"unauthenticated",
		"unauthenticated",
	]);
	expect(new Set(seen).size).toBe(seen.length);
	expect(ends).toHaveLength(2);
});
