import { expect, test } from "vitest";
import type { Found } from "./auth-event.ts";
import {
	createMemoryStore,
	defineStore,
	type SessionRecord,
	type Store,
} from "./index.ts";
import { tombstoneOf } from "./session-record.ts";

const record = (epoch: number, generation: number): SessionRecord => ({
	...tombstoneOf({ epoch, generation }, "p"),
	access: `a${epoch}.${generation}`,
	refresh: `r${epoch}.${generation}`,
	receivedAtMs: 1_000,
	signedInAtMs: 1_000,
	lifetimeMs: 60_000,
});

function linkTo(store: Store) {
	const seen: [Found | null, boolean][] = [];
	const faults: unknown[] = [];
	let isFailing = false;
	const link = defineStore(store).link({
		protocol: "p",
		nowMs: () => 5_000,
		context: () => ({
			atMs: 100,
			jitter: 0,
			policy: {
				shouldMarginMs: undefined,
				mustMarginMs: undefined,
				maxSessionMs: Infinity,
			},
			canRefresh: () => true,
			isResendSafe: false,
		}),
		found: (found, wasHeld) => {
			seen.push([found, wasHeld]);
		},
		ended: (failure) => {
			isFailing = !!failure;
			if (failure) faults.push(failure[0]);
		},
	});
	return { link, seen, faults, isFailing: () => isFailing };
}

test("a synchronous store is read at once, and its record is aged by the wall clock", () => {
	const store = createMemoryStore();
	store.swap(null, record(3, 2));
	const { link, seen } = linkTo(store);
	link.read();
	expect(seen).toHaveLength(1);
	expect(seen[0]?.[0]).toMatchObject({
		epoch: 3,
		generation: 2,
		isInDoubt: false,
	});
	// written 4,000 ms ago, and the session clock stands at 100
	expect(seen[0]?.[0]?.arrival?.session.receivedAtMs).toBe(-3_900);
	expect(seen[0]?.[0]?.arrival?.session.tokens.access.reveal()).toBe("a3.2");
});

test("S5 a write expects what was last seen; a refused one reads again", () => {
	const store = createMemoryStore();
	const { link, seen } = linkTo(store);
	link.forget({ epoch: 1, generation: 0 });
	expect(store.read()).toMatchObject({ epoch: 1, generation: 0, access: null });
	store.swap({ epoch: 1, generation: 0 }, record(2, 1));
	seen.length = 0;
	const deaf = defineStore({ read: store.read, swap: store.swap });
	const second = linkTo(deaf);
	second.link.forget({ epoch: 9, generation: 0 });
	// it had seen nothing, so it wrote nothing, and now it knows
	expect(store.read()).toMatchObject({ epoch: 2, generation: 1 });
	expect(second.seen[0]?.[0]).toMatchObject({ epoch: 2, generation: 1 });
	second.link.forget({ epoch: 9, generation: 0 });
	expect(store.read()).toMatchObject({ epoch: 9, access: null });
});

test("S16 a swap is told what it expects by its stamp alone: no token goes where none is needed", () => {
	const store = createMemoryStore();
	store.swap(null, record(2, 1));
	const expectations: unknown[] = [];
	const { link } = linkTo({
		read: store.read,
		swap(expected, next) {
			expectations.push(expected);
			return store.swap(expected, next);
		},
	});
	link.read();
	link.forget({ epoch: 3, generation: 0 });
	link.forget({ epoch: 4, generation: 0 });
	expect(expectations).toEqual([
		{ epoch: 2, generation: 1 },
		{ epoch: 3, generation: 0 },
	]);
});

test("only a store that can tell of writes can be subscribed to", () => {
	const { read, swap } = createMemoryStore();
	expect(defineStore({ read, swap })).not.toHaveProperty("subscribe");
	expect(createMemoryStore()).toHaveProperty("subscribe");
});

test("a store that refuses although it holds what was expected is failing, and not asked for ever", () => {
	let swaps = 0;
	const { link, faults, isFailing } = linkTo({
		read: () => null,
		swap: () => {
			swaps++;
			return false;
		},
	});
	link.forget({ epoch: 1, generation: 0 });
	expect(swaps).toBe(1);
	expect(faults).toHaveLength(1);
	expect(isFailing()).toBe(true);
});

test("B74 asynchronous operations keep their order, whatever each takes", async () => {
	const log: string[] = [];
	const gates: (() => void)[] = [];
	const memory = createMemoryStore();
	const { link } = linkTo({
		read: async () => memory.read(),
		swap: async (expected, next) => {
			log.push(`begin ${next.epoch}`);
			await new Promise<void>((resolve) => gates.push(resolve));
			log.push(`end ${next.epoch}`);
			return memory.swap(expected, next);
		},
	});
	link.forget({ epoch: 1, generation: 0 });
	link.forget({ epoch: 2, generation: 0 });
	const settled = link.settled();
	gates[0]?.();
	await new Promise((resolve) => setImmediate(resolve));
	expect(log).toEqual(["begin 1", "end 1", "begin 2"]);
	gates[1]?.();
	await settled;
	expect(await memory.read()).toMatchObject({ epoch: 2 });
});

test("B70 S8 a store that throws, rejects or cannot subscribe is reported and nothing more", async () => {
	const boom = new Error("blocked");
	const fail = () => {
		throw boom;
	};
	const sync = linkTo({ read: fail, swap: fail, subscribe: fail });
	sync.link.read();
	sync.link.forget({ epoch: 1, generation: 0 });
	expect(sync.faults).toEqual([boom, boom, boom]);
	const async = linkTo({
		read: () => Promise.reject(boom),
		swap: () => Promise.reject(boom),
	});
	await async.link.sync();
	expect(async.faults).toEqual([boom]);
	expect(async.isFailing()).toBe(true);
});

test("B72 what is not ours counts as nothing, and is news only if ours was there before", () => {
	let there: unknown = "poison";
	const { link, seen } = linkTo({
		read: () => there as SessionRecord,
		swap: () => true,
	});
	link.read();
	there = record(1, 1);
	link.read();
	there = null;
	link.read();
	expect(seen.map(([found, wasHeld]) => [found?.epoch, wasHeld])).toEqual([
		[undefined, false],
		[1, false],
		[undefined, true],
	]);
});

test("S5 S6 a write that a read has overtaken in line does not borrow what the read found", async () => {
	const memory = createMemoryStore();
	memory.swap(null, record(1, 1));
	const gates: (() => void)[] = [];
	const { link, seen } = linkTo({
		read: async () => {
			await new Promise<void>((resolve) => gates.push(resolve));
			return memory.read();
		},
		swap: async (expected, next) => memory.swap(expected, next),
	});
	link.read();
	gates.shift()?.();
	await link.settled();
	// somebody signs out while our read is on its way, and behind it waits a pair of the old session
	link.read();
	link.persist({
		epoch: 1,
		generation: 2,
		user: null,
		session: seen[0]?.[0]?.arrival?.session as never,
	});
	memory.swap(
		{ epoch: 1, generation: 1 },
		tombstoneOf({ epoch: 2, generation: 0 }, "p"),
	);
	gates.shift()?.();
	await link.settled();
	expect(await memory.read()).toMatchObject({ epoch: 2, access: null });
	expect(seen.at(-1)?.[0]).toMatchObject({ epoch: 2, arrival: null });
});

test("B75 nor does it fill a store that was emptied meanwhile", async () => {
	const memory = createMemoryStore();
	memory.swap(null, record(1, 1));
	let isEmptied = false;
	let swaps = 0;
	const { link, seen } = linkTo({
		read: async () => (isEmptied ? null : memory.read()),
		swap: async () => {
			swaps++;
			return true;
		},
	});
	link.read();
	await link.settled();
	isEmptied = true;
	link.read();
	link.persist({
		epoch: 1,
		generation: 2,
		user: null,
		session: seen[0]?.[0]?.arrival?.session as never,
	});
	await link.settled();
	expect(seen.at(-1)).toEqual([null, true]);
	expect(swaps).toBe(0);
});
