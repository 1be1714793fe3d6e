import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
	AuthError,
	defineStore,
	isAuthError,
	type SessionRecord,
} from "../../src/index.ts";
import {
	apiUrl,
	createLock,
	createRecordStore,
	createStage,
	flush,
	lifetimeMs,
	outcomeOf,
	type RecordStore,
	type Stage,
	shouldRefreshAfterMs,
	tokenOf,
} from "../stage.ts";

let stage: Stage;
let store: RecordStore;
beforeEach(() => {
	stage = createStage();
	store = createRecordStore();
});
afterEach(() => stage.close());

const denied = new Error("access denied");

describe("B70 a store that cannot be read", () => {
	test("throws at once: construction does not, memory works, each failure is reported as port-failed", async () => {
		store.fault = { read: denied, swap: denied };
		const reports: unknown[] = [];
		const auth = stage.open({
			store: defineStore(store),
			onError: (error) => reports.push(error),
		});
		expect(auth.state).toMatchObject({
			status: "unauthenticated",
			pending: null,
		});
		await auth.signIn({ name: "ann" });
		expect(tokenOf(auth.authorize(apiUrl))).toBe("access-ann1.1");
		expect(auth.isPersisted).toBe(false);
		expect(reports.length).toBeGreaterThan(0);
		for (const error of reports)
			expect(isAuthError(error) && [error.code, error.cause]).toEqual([
				"port-failed",
				denied,
			]);
		await stage.advance(shouldRefreshAfterMs);
		expect(auth.state.generation).toBe(2);
	});

	test("rejects later: ready settles all the same", async () => {
		store.pause = flush;
		store.fault = { read: denied };
		const auth = stage.open({ store: defineStore(store) });
		expect(auth.state).toMatchObject({ pending: "restoring" });
		await auth.ready;
		expect(auth.state).toMatchObject({
			status: "unauthenticated",
			pending: null,
		});
	});

	test("unsubscribable: the session works without hints", () => {
		const reports: unknown[] = [];
		const auth = stage.open({
			store: defineStore({
				...store,
				subscribe() {
					throw denied;
				},
			}),
			onError: (error) => reports.push(error),
		});
		expect(auth.state).toMatchObject({ pending: null });
		expect(reports).toHaveLength(1);
	});
});

test("B71 a write that fails after a rotation: the new pair is used, the state says so, and the next write tries again", async () => {
	const auth = await stage.signedIn({ store: defineStore(store) });
	store.fault = { swap: new Error("quota") };
	await stage.advance(shouldRefreshAfterMs);
	expect(tokenOf(auth.authorize(apiUrl))).toBe("access-ann1.2");
	expect(auth.isPersisted).toBe(false);
	// others who read find nothing newer
	expect(store.record).toMatchObject({ generation: 1 });
	store.fault = {};
	await stage.advance(shouldRefreshAfterMs);
	expect(tokenOf(auth.authorize(apiUrl))).toBe("access-ann1.3");
	expect(auth.isPersisted).toBe(true);
	expect(store.record).toMatchObject({
		generation: 3,
		refresh: "refresh-ann1.3",
	});
});

test("B71 a hint after a failed write makes the session write again", async () => {
	const auth = await stage.signedIn({ store: defineStore(store) });
	store.fault = { swap: new Error("quota") };
	await auth.refresh();
	store.fault = {};
	store.tell();
	await flush();
	expect(store.record).toMatchObject({ generation: 2 });
});

describe("B72 B104 what a store gives is foreign", () => {
	const record = async (): Promise<SessionRecord> => {
		const auth = await stage.signedIn({ store: defineStore(store) });
		auth.close();
		if (!store.record) throw new Error("nothing stored");
		return store.record;
	};

	test.each<[string, (record: SessionRecord) => unknown]>([
		["an array", (record) => [record]],
		["a string", (record) => JSON.stringify(record)],
		["a number", () => 7],
		["another protocol's", (record) => ({ ...record, protocol: "other" })],
		["of a newer schema", (record) => ({ ...record, schema: 2 })],
		[
			"with a token of 10^5 letters",
			(r) => ({ ...r, access: "a".repeat(1e5) }),
		],
		["with a line break in its token", (r) => ({ ...r, access: "a\r\nb" })],
		["with a token that is an object", (r) => ({ ...r, access: {} })],
		["with a torn pair", ({ refresh: _, ...rest }) => rest],
		["with a negative epoch", (record) => ({ ...record, epoch: -1 })],
		["with an epoch of 10^300", (record) => ({ ...record, epoch: 1e300 })],
		["with no date", ({ receivedAtMs: _, ...rest }) => rest],
		["with __proto__", () => JSON.parse('{"__proto__":{"schema":1}}')],
	])("%s counts as nothing", async (_name, damage) => {
		const good = await record();
		store.record = damage(good) as SessionRecord;
		const damaged = store.record;
		const auth = stage.open({ store: defineStore(store) });
		expect(auth.state).toMatchObject({
			status: "unauthenticated",
			pending: null,
		});
		// not ours to delete
		expect(store.record).toBe(damaged);
	});

	test("the same record undamaged is restored", async () => {
		await record();
		const auth = stage.open({ store: defineStore(store) });
		expect(tokenOf(auth.authorize(apiUrl))).toBe("access-ann1.1");
	});

	test("a poisoned expiry never loops: implausible lifetimes are unknown", async () => {
		store.record = { ...(await record()), lifetimeMs: 1 };
		stage.open({ store: defineStore(store) });
		await stage.advance(3_600_000);
		expect(stage.to("/refresh")).toHaveLength(0);
	});
});

describe("B74 a slow store", () => {
	test("writes happen one at a time and in order, and the last generation wins", async () => {
		const running: string[] = [];
		let most = 0;
		store.pause = async () => {
			running.push("");
			most = Math.max(most, running.length);
			for (let turn = 0; turn < 4; turn++) await flush();
			running.pop();
		};
		const auth = await stage.signedIn({ store: defineStore(store) });
		await auth.refresh();
		await auth.refresh();
		await auth.refresh();
		for (let turn = 0; turn < 30; turn++) await flush();
		expect(most).toBe(1);
		expect(store.written.map(({ generation }) => generation)).toEqual([
			1, 2, 3, 4,
		]);
	});

	test("S5 S6 a write that waited behind a read does not overwrite what the read has found", async () => {
		const auth = await stage.signedIn({ store: defineStore(store) });
		const own = store.record as SessionRecord;
		const newer = { ...own, epoch: own.epoch + 5, access: "access-other" };
		store.pause = flush;
		store.record = newer;
		store.tell();
		// the read is under way, the tombstone waits behind it: a newer session has begun meanwhile, and stays
		await auth.signOut();
		expect(store.record).toBe(newer);
		expect(tokenOf(auth.authorize(apiUrl))).toBe("access-other");
	});
});

describe("B75 B77 the store is emptied by hand or by the browser", () => {
	test("the session ends in one step, in memory too", async () => {
		const auth = await stage.signedIn({ store: defineStore(store) });
		const statuses: string[] = [];
		auth.subscribe(() => statuses.push(auth.state.status));
		store.record = null;
		store.tell();
		await flush();
		expect(statuses).toEqual(["unauthenticated"]);
		expect(auth.state).toMatchObject({ reason: "signed-out-elsewhere" });
		expect(auth.authorize(apiUrl)).toBe(null);
	});

	test("it is not written back, also not by a refresh that was under way", async () => {
		const auth = await stage.signedIn({ store: defineStore(store) });
		stage.hold();
		await stage.advance(shouldRefreshAfterMs);
		store.record = null;
		store.tell();
		const [refresh] = stage.to("/refresh");
		stage.serveAgain();
		if (refresh) stage.serve(refresh);
		await flush();
		expect(auth.state.status).toBe("unauthenticated");
		expect(store.record).toBe(null);
	});

	test("a session that is begun then is newer than the one that was there, for everybody", async () => {
		const options = { store: defineStore(store) };
		const old = await stage.signedIn(options);
		store.hasHints = false;
		store.record = null;
		const next = await stage.signedIn(options, "bob");
		store.hasHints = true;
		store.tell();
		await flush();
		expect(old.state).toMatchObject({ user: { name: "bob" } });
		expect(next.state).toMatchObject({ user: { name: "bob" } });
	});
});

test("B65 S3 a store that must not be gone round keeps a refresh from being sent", async () => {
	const auth = await stage.signedIn({
		store: defineStore(store),
		coordinator: createLock(stage),
		refresh: { eager: false },
	});
	await stage.advance(lifetimeMs);
	store.fault = {
		read: new AuthError("unavailable", { detail: "the lease is over" }),
	};
	const waiting = outcomeOf(auth.authorize(apiUrl));
	await stage.advance(2_000);
	expect(waiting.error).toBe("unavailable");
	expect(stage.to("/refresh")).toHaveLength(0);
	store.fault = {};
	await stage.advance(30_000);
	expect(tokenOf(await auth.authorize(apiUrl))).toBe("access-ann1.2");
});
