import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { defineStore } from "../../src/index.ts";
import { createRandom } from "../random-walk.ts";
import {
	apiUrl,
	createRecordStore,
	createStage,
	flush,
	lifetimeMs,
	mustRefreshAfterMs,
	type Stage,
	shouldRefreshAfterMs,
	tokenOf,
} from "../stage.ts";

const dayMs = 86_400_000;
const hourMs = 3_600_000;

let stage: Stage;
beforeEach(() => {
	stage = createStage();
});
afterEach(() => stage.close());

describe("B27 S18 sliding: each accepted request extends the session", () => {
	const open = async () => {
		stage = createStage({ isSliding: true });
		const auth = await stage.signedIn({ refresh: { eager: false } });
		const must = (): number =>
			"session" in auth.state ? auth.state.session.mustRefreshAtMs : NaN;
		const grant = () => {
			const given = auth.authorize(apiUrl);
			if (!given || "then" in given) throw new Error("not ready");
			return given;
		};
		return { auth, must, grant };
	};

	test("from the time that it was sent, forward only", async () => {
		const { auth, must, grant } = await open();
		await stage.advance(20_000);
		const early = grant();
		await stage.advance(20_000);
		const late = grant();
		await stage.advance(5_000);
		auth.confirm(late);
		expect(must()).toBe(40_000 + mustRefreshAfterMs);
		// answers that come out of order move nothing back
		auth.confirm(early);
		expect(must()).toBe(40_000 + mustRefreshAfterMs);
		expect(stage.to("/refresh")).toHaveLength(0);
	});

	test("a request that was not accepted extends nothing", async () => {
		const { must, grant } = await open();
		await stage.advance(40_000);
		grant();
		expect(must()).toBe(mustRefreshAfterMs);
	});

	test("a session in use lives as long as it is used", async () => {
		const { auth, grant } = await open();
		for (let minute = 0; minute < 60; minute++) {
			await stage.advance(30_000);
			auth.confirm(grant());
		}
		expect(stage.to("/refresh")).toHaveLength(0);
	});

	test("a protocol that does not slide ignores it", async () => {
		const auth = await stage.signedIn({ refresh: { eager: false } });
		await stage.advance(30_000);
		const before = auth.state;
		const given = auth.authorize(apiUrl);
		if (given && !("then" in given)) auth.confirm(given);
		expect(auth.state).toBe(before);
	});
});

test("B31 a lifetime of 30 days: timers are chained, none is longer than 2^31 - 1 ms, none fires early", async () => {
	stage.lifetimeMs = 30 * dayMs;
	const delays: number[] = [];
	const device = stage.platform();
	await stage.signedIn({
		platform: {
			...device,
			schedule(delayMs, ...rest) {
				delays.push(delayMs);
				return device.schedule(delayMs, ...rest);
			},
		},
	});
	await stage.advance(30 * dayMs - 300_001);
	expect(stage.to("/refresh")).toHaveLength(0);
	expect(Math.max(...delays)).toBe(2 ** 31 - 1);
	await stage.advance(1);
	expect(stage.to("/refresh")).toHaveLength(1);
});

test("B32 L7 a lifetime shorter than the margins renews at its half, and no more often", async () => {
	stage.lifetimeMs = 8_000;
	await stage.signedIn({
		refresh: { shouldMarginMs: 300_000, mustMarginMs: 60_000 },
	});
	await stage.advance(80_000);
	const times = stage.to("/refresh").map(({ atMs }) => atMs);
	expect(times).toHaveLength(20);
	const [first = 0, second = 0] = times;
	expect(second - first).toBe(4_000);
});

describe.each([
	["B33 an hour ahead", hourMs],
	["B34 an hour behind", -hourMs],
	["B33 ten years ahead", 3_650 * dayMs],
])("the device's clock is %s", (_name, wallOffsetMs) => {
	test("lifetimes count from receipt: one refresh per lifetime", async () => {
		const platform = stage.platform();
		platform.wallOffsetMs = wallOffsetMs;
		const auth = await stage.signedIn({ platform });
		await stage.advance(shouldRefreshAfterMs - 1);
		expect(stage.to("/refresh")).toHaveLength(0);
		expect(tokenOf(auth.authorize(apiUrl))).toBe("access-ann1.1");
		await stage.advance(9 * shouldRefreshAfterMs + 1);
		expect(stage.to("/refresh")).toHaveLength(10);
	});

	test("a 401 is believed over the clock", async () => {
		const platform = stage.platform();
		platform.wallOffsetMs = wallOffsetMs;
		const auth = await stage.signedIn({ platform });
		const grant = await auth.authorize(apiUrl);
		expect(tokenOf(grant && (await auth.renew(grant)))).toBe("access-ann1.2");
	});
});

test.each([1, 2, 3])(
	"B33 B34 B35 L7 a clock that is set about at random for a day never loops, and no token is used for longer than it lives (seed %i)",
	async (seed) => {
		const random = createRandom(seed);
		const device = stage.platform();
		let timers = 0;
		const platform = stage.platform({
			nowMs: () => device.nowMs(),
			schedule(...order) {
				timers++;
				return device.schedule(...order);
			},
		});
		const auth = await stage.signedIn({ platform });
		let jumps = 0;
		const minutes = 1_440;
		for (let minute = 0; minute < minutes; minute++) {
			if (random() < 0.2) {
				jumps++;
				device.wallOffsetMs = (random() - 0.5) * dayMs;
			}
			await stage.advance(60_000);
			expect(tokenOf(await auth.authorize(apiUrl))).toBe(
				`access-ann1.${auth.state.generation}`,
			);
		}
		const refreshes = stage.to("/refresh");
		const [first, last] = [
			refreshes[0]?.atMs ?? 0,
			refreshes.at(-1)?.atMs ?? 0,
		];
		expect(first).toBeLessThanOrEqual(shouldRefreshAfterMs);
		expect(last).toBeGreaterThan((minutes - 1) * 60_000);
		// a jump ahead may be a night's sleep, and costs one; everything else is one per lifetime
		expect(refreshes.length).toBeLessThanOrEqual(
			(minutes * 60_000) / shouldRefreshAfterMs + jumps,
		);
		for (const [at, { atMs }] of refreshes.entries())
			if (at)
				expect(atMs - (refreshes[at - 1]?.atMs ?? 0)).toBeLessThanOrEqual(
					mustRefreshAfterMs,
				);
		expect(timers).toBeLessThan(10 * refreshes.length);
	},
);

describe("B35 the clock is set back in the middle of a session", () => {
	test("in this process nothing changes", async () => {
		const platform = stage.platform();
		const auth = await stage.signedIn({ platform });
		await stage.advance(20_000);
		platform.wallOffsetMs = -2 * hourMs;
		const before = auth.nowMs();
		expect(before).toBe(20_000);
		await stage.advance(shouldRefreshAfterMs - 20_000);
		expect(stage.to("/refresh")).toHaveLength(1);
	});

	test("a stored session is no younger than new: its age is never below 0", async () => {
		const store = createRecordStore();
		const first = await stage.signedIn({ store: defineStore(store) });
		first.close();
		const platform = stage.platform();
		platform.wallOffsetMs = -2 * hourMs;
		const auth = stage.open({ store: defineStore(store), platform });
		expect(auth.state.status).toBe("authenticated");
		await stage.advance(shouldRefreshAfterMs);
		expect(stage.to("/refresh")).toHaveLength(1);
	});

	test("a stored session ages by what has passed since", async () => {
		const store = createRecordStore();
		const first = await stage.signedIn({ store: defineStore(store) });
		first.close();
		await stage.advance(lifetimeMs);
		const auth = stage.open({
			store: defineStore(store),
			refresh: { eager: false },
		});
		expect(tokenOf(await auth.authorize(apiUrl))).toBe("access-ann1.2");
	});
});

describe("B36 the machine sleeps for eight hours", () => {
	test("the monotonic clock stood still: the wall clock says it, at the first request", async () => {
		const platform = stage.platform();
		const auth = await stage.signedIn({ platform });
		await stage.advance(10_000);
		platform.wallOffsetMs = 8 * hourMs;
		const answers = await Promise.all([
			auth.authorize(apiUrl),
			auth.authorize(apiUrl),
		]);
		expect(answers.map(tokenOf)).toEqual(["access-ann1.2", "access-ann1.2"]);
		expect(stage.to("/refresh")).toHaveLength(1);
		// the timer that was armed before the sleep finds nothing left to do
		await stage.advance(shouldRefreshAfterMs - 10_000);
		expect(stage.to("/refresh")).toHaveLength(1);
	});

	test("the monotonic clock went on: timers fire late and together, and the request joins their refresh", async () => {
		const auth = await stage.signedIn();
		const other = await stage.signedIn({}, "bob");
		const waking = stage.skip(8 * hourMs);
		const answers = [auth, other].map((one) => one.authorize(apiUrl));
		await waking;
		expect((await Promise.all(answers)).map(tokenOf)).toEqual([
			"access-ann1.2",
			"access-bob2.2",
		]);
		expect(stage.to("/refresh")).toHaveLength(2);
	});

	test("a signal wakes it before any request", async () => {
		let wake = (): void => {};
		const platform = stage.platform();
		const auth = await stage.signedIn({
			platform,
			signals: {
				subscribe(listener) {
					wake = () => listener("resumed");
					return () => {};
				},
			},
		});
		platform.wallOffsetMs = 8 * hourMs;
		wake();
		await flush();
		expect(auth.state.generation).toBe(2);
	});
});

test("B37 a throttled timer decides nothing: what has run out is noticed at use", async () => {
	const auth = await stage.signedIn({
		platform: stage.platform({ schedule: () => () => {} }),
	});
	await stage.advance(shouldRefreshAfterMs - 1);
	expect(tokenOf(auth.authorize(apiUrl))).toBe("access-ann1.1");
	await stage.advance(lifetimeMs);
	expect(tokenOf(await auth.authorize(apiUrl))).toBe("access-ann1.2");
});

describe("B38 the server's Date", () => {
	test.each([
		["Sat, 01 Jan 2000 00:00:00 GMT", "600"],
		["Thu, 01 Jan 9999 00:00:00 GMT", ""],
		["not a date", ""],
		["", ""],
	])("%j (Age %j) makes no token younger or older", async (date, age) => {
		stage.answerWith((item) =>
			stage.serve({
				...item,
				answer: (status, body) =>
					item.answer(status, body, {
						...(date && { date }),
						...(age && { age }),
					}),
			}),
		);
		await stage.signedIn();
		await stage.advance(10 * shouldRefreshAfterMs);
		expect(stage.to("/refresh")).toHaveLength(10);
	});
});

test("B39 a lifetime of fractions is kept, and never rounded up", async () => {
	stage.lifetimeMs = 60_000.75;
	const auth = await stage.signedIn();
	const { state } = auth;
	expect("session" in state && state.session.mustRefreshAtMs).toBeLessThan(
		60_000.75,
	);
	await stage.advance(shouldRefreshAfterMs + 1);
	expect(stage.to("/refresh")).toHaveLength(1);
});
