/** Several sessions in one store, as tabs or processes have them; real tabs and processes are tested where they live. */
import { afterEach, beforeEach, expect, test } from "vitest";
import {
	type Auth,
	type Coordinator,
	defineStore,
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
	type User,
} from "../stage.ts";

let stage: Stage;
let store: RecordStore;
beforeEach(() => {
	stage = createStage();
	store = createRecordStore();
});
afterEach(() => stage.close());

const servers = { refresh: { eager: false } } as const;

/** The first signs in, the others find its session. */
const share = async (
	count: number,
	options: { coordinator?: Coordinator; refresh?: { eager: boolean } } = {},
): Promise<Auth<User, User>[]> => {
	const all = { store: defineStore(store), ...options };
	const first = await stage.signedIn(all);
	return [first, ...Array.from({ length: count - 1 }, () => stage.open(all))];
};

test("B49 S3 ten tabs whose token runs out in the same tick: one request, nine adopt", async () => {
	const tabs = await share(10, { coordinator: createLock(stage) });
	await stage.advance(shouldRefreshAfterMs);
	expect(stage.to("/refresh")).toHaveLength(1);
	for (const tab of tabs)
		expect(tokenOf(tab.authorize(apiUrl))).toBe("access-ann1.2");
	await stage.advance(10 * shouldRefreshAfterMs);
	expect(stage.to("/refresh")).toHaveLength(11);
});

test("B49 S3 without hints: who gets the lock later looks first, and sends nothing", async () => {
	store.hasHints = false;
	const tabs = await share(4, { coordinator: createLock(stage), ...servers });
	await stage.advance(lifetimeMs);
	const grants = await Promise.all(tabs.map((tab) => tab.authorize(apiUrl)));
	expect(grants.map(tokenOf)).toEqual(Array(4).fill("access-ann1.2"));
	expect(stage.to("/refresh")).toHaveLength(1);
});

test("B50 B51 L4 a holder that never comes back: the others are told within their patience, and go on with a good token", async () => {
	const coordinator = createLock(stage);
	const [tab] = await share(1, { coordinator });
	// somebody froze with it
	coordinator.isHeld = true;
	await stage.advance(shouldRefreshAfterMs);
	expect(coordinator.waiting).toBe(1);
	expect(tokenOf(tab?.authorize(apiUrl))).toBe("access-ann1.1");
	await stage.advance(lifetimeMs);
	const waiting = outcomeOf(tab?.authorize(apiUrl));
	await stage.advance(10_000);
	expect(waiting.isSettled).toBe(true);
	expect(stage.to("/refresh")).toHaveLength(0);
	expect(tab?.state).toMatchObject({ failure: { code: "unavailable" } });
	// no lock is stolen; when it is free again the next attempt gets it
	coordinator.isHeld = false;
	await stage.advance(60_000);
	expect(tab?.state).toMatchObject({ status: "authenticated", generation: 2 });
});

test("B55 S6 a sign-out in one tab ends the refresh of the other: its pair is not written, and is revoked", async () => {
	const [one, two] = await share(2, servers);
	stage.hold();
	outcomeOf(two?.refresh());
	await flush();
	const arrive = stage.reachLast("/refresh");
	stage.serveAgain();
	await one?.signOut();
	await flush();
	expect(two?.state).toMatchObject({
		status: "unauthenticated",
		reason: "signed-out-elsewhere",
	});
	arrive();
	await flush();
	expect(store.record?.access).toBe(null);
	expect(store.written.map(({ generation }) => generation)).toEqual([1, 0]);
	expect(stage.to("/sign-out").map(({ subject }) => subject)).toContain(
		"refresh-ann1.2",
	);
});

test("B56 S7 another tab signs in as somebody else: one change, before the next request", async () => {
	const [one, two] = await share(2, servers);
	const seen: unknown[] = [];
	two?.subscribe(() => seen.push(two.state.user));
	await one?.signIn({ name: "bob" });
	await flush();
	expect(seen).toEqual([{ name: "bob" }]);
	expect(tokenOf(two?.authorize(apiUrl))).toBe("access-bob2.1");
});

test("B62 S5 a holder that slept through its lease does not overwrite what was done since", async () => {
	const [one, two] = await share(2, servers);
	stage.hold();
	outcomeOf(one?.refresh());
	await flush();
	const [late] = stage.to("/refresh");
	// meanwhile the other has renewed twice
	stage.serveAgain();
	await two?.refresh();
	await two?.refresh();
	expect(store.record?.generation).toBe(3);
	late?.answer(200, {
		access: "access-late",
		refresh: "refresh-late",
		lifetimeMs,
	});
	await flush();
	expect(store.record).toMatchObject({
		generation: 3,
		access: "access-ann1.3",
	});
	expect(tokenOf(one?.authorize(apiUrl))).toBe("access-ann1.3");
});

test("B14 S9 a no for an old token while the store has a newer pair: adopted, nobody is signed out", async () => {
	store.hasHints = false;
	const [one, two] = await share(2, servers);
	stage.hold();
	const waiting = outcomeOf(one?.refresh());
	await flush();
	const [late] = stage.to("/refresh");
	stage.serveAgain();
	await two?.refresh();
	late?.answer(401, {});
	await flush();
	expect(one?.state).toMatchObject({ status: "authenticated", generation: 2 });
	expect(waiting.error).toBe(undefined);
	expect(waiting.isSettled).toBe(true);
});

test("B68 B72 a record of a newer version is left alone, also by a sign-in", async () => {
	store.record = {
		schema: 2,
		protocol: stage.protocol.name,
		epoch: 7,
		generation: 1,
	} as unknown as SessionRecord;
	const newer = store.record;
	const auth = await stage.signedIn({ store: defineStore(store) });
	expect(store.record).toBe(newer);
	expect(tokenOf(auth.authorize(apiUrl))).toBe("access-ann1.1");
});

test("L5 after the last write everybody has what the store has, whoever wrote, in a hundred rounds", async () => {
	let bits = 12_345;
	const chance = (below: number): number => {
		bits = (Math.imul(bits, 1_103_515_245) + 12_345) >>> 0;
		return (bits >>> 16) % below;
	};
	store.pause = flush;
	const tabs = await share(3, { coordinator: createLock(stage), ...servers });
	for (let round = 0; round < 100; round++) {
		const tab = tabs[chance(3)];
		const what = chance(4);
		if (what === 0) outcomeOf(tab?.signIn({ name: "ann" }));
		else if (what === 1 && chance(3) === 0) outcomeOf(tab?.signOut());
		else outcomeOf(tab?.refresh());
		if (chance(2)) await stage.advance(chance(3) * 1_000);
		if (round % 10 < 9) continue;
		for (let turn = 0; turn < 20; turn++) await stage.advance(2_000);
		const { epoch, generation } = store.record as SessionRecord;
		for (const { state } of tabs)
			expect([state.epoch, state.generation]).toEqual([epoch, generation]);
	}
	expect(store.written.length).toBeGreaterThan(30);
});
