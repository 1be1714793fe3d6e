import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
	type AuthError,
	defineStore,
	type RefreshPolicy,
} from "../../src/index.ts";
import {
	apiUrl,
	createRecordStore,
	createStage,
	flush,
	lifetimeMs,
	outcomeOf,
	refreshDescription,
	type Stage,
	shouldRefreshAfterMs,
	tokenOf,
} from "../stage.ts";

let stage: Stage;
beforeEach(() => {
	stage = createStage();
});
afterEach(() => stage.close());

const servers: { refresh: RefreshPolicy } = { refresh: { eager: false } };

test("B13 a refused refresh token ends the session once: one change, a tombstone, nothing of the tokens left", async () => {
	const store = createRecordStore();
	const auth = await stage.signedIn({ store: defineStore(store) });
	const statuses: string[] = [];
	auth.subscribe(() => statuses.push(auth.state.status));
	stage.answerWith(({ answer }) => answer(401, {}));
	await stage.advance(shouldRefreshAfterMs);
	expect(statuses).toEqual(["refreshing", "unauthenticated"]);
	expect(auth.state).toMatchObject({
		status: "unauthenticated",
		reason: "rejected",
	});
	expect(store.record).toMatchObject({ access: null, refresh: null });
	await stage.advance(3_600_000);
	expect(stage.to("/refresh")).toHaveLength(1);
	expect(statuses).toHaveLength(2);
});

describe("B15 B17 an answer that the protocol does not know keeps the session", () => {
	test.each([403, 404, 418, 500, 502, 503])("%i", async (status) => {
		const auth = await stage.signedIn(servers);
		await stage.advance(lifetimeMs);
		stage.answerWith(({ answer }) => answer(status, { oops: true }));
		const waiting = outcomeOf(auth.authorize(apiUrl));
		await stage.advance(1_000);
		expect(waiting.error).toBe(status < 500 ? "bad-response" : "unavailable");
		expect(auth.state.status).toBe("expired");
		stage.serveAgain();
		await stage.advance(30_000);
		expect(tokenOf(await auth.authorize(apiUrl))).toBe("access-ann1.2");
	});
});

describe("B16 Retry-After", () => {
	/** When the second request goes out, ms after the first. */
	const secondTry = async (
		retryAfter: string,
		date?: string,
	): Promise<number> => {
		await stage.signedIn();
		stage.answerWith(({ answer }) =>
			answer(429, {}, { "retry-after": retryAfter, ...(date && { date }) }),
		);
		await stage.advance(4 * 3_600_000);
		const [first, second] = stage.to("/refresh");
		return (second?.atMs ?? Infinity) - (first?.atMs ?? 0);
	};

	test("in seconds", async () => {
		// the access token runs out before that, and nobody asks
		expect(await secondTry("120")).toBe(120_000);
	});

	test("as a date, against the server's own clock", async () => {
		const ms = await secondTry(
			"Wed, 21 Oct 2026 07:30:00 GMT",
			"Wed, 21 Oct 2026 07:28:30 GMT",
		);
		expect(ms).toBe(90_000);
	});

	test.each(["soon", "-5", "", "1e3", "Wed, 21 Oct 2015 07:28:00 GMT"])(
		"%j is not understood: the own back-off holds",
		async (text) => {
			expect(await secondTry(text)).toBe(500);
		},
	);

	test("a thousand years are an hour", async () => {
		expect(await secondTry("31536000000")).toBe(3_600_000);
	});
});

test("B18 an answer without a refresh token keeps the old one", async () => {
	const auth = await stage.signedIn();
	stage.answerWith(({ answer }) =>
		answer(200, { access: "access-new", lifetimeMs }),
	);
	await stage.advance(shouldRefreshAfterMs);
	expect(tokenOf(auth.authorize(apiUrl))).toBe("access-new");
	await stage.advance(shouldRefreshAfterMs);
	expect(stage.to("/refresh").map(({ subject }) => subject)).toEqual([
		"refresh-ann1.1",
		"refresh-ann1.1",
	]);
	expect(auth.state.generation).toBe(3);
});

describe("B20 a lifetime that cannot be true is unknown: no timer, no loop, renewed only when refused", () => {
	test.each([undefined, null, 0, -1, "3600", 1e15, 4_999, [], {}])(
		"%j",
		async (value) => {
			stage.lifetimeMs = value;
			const auth = await stage.signedIn();
			expect(stage.timers).toEqual([]);
			await stage.advance(365 * 86_400_000);
			const grant = await auth.authorize(apiUrl);
			expect(tokenOf(grant)).toBe("access-ann1.1");
			expect(stage.to("/refresh")).toHaveLength(0);
			expect(tokenOf(grant && (await auth.renew(grant)))).toBe("access-ann1.2");
		},
	);
});

test("B22 a revoked token costs one refresh and one replay; a second 401 stands", async () => {
	const auth = await stage.signedIn(servers);
	const first = await auth.authorize(apiUrl);
	const second = first && (await auth.renew(first));
	expect(tokenOf(second)).toBe("access-ann1.2");
	expect(second && (await auth.renew(second))).toBe(null);
	expect(stage.to("/refresh")).toHaveLength(1);
	expect(auth.state.status).toBe("authenticated");
});

test("B23 L7 a resource that refuses every token costs one refresh per interval, not one per request", async () => {
	const auth = await stage.signedIn({
		refresh: { eager: false, minIntervalMs: 10_000 },
	});
	let requests = 0;
	for (let second = 0; second < 40; second++) {
		for (let count = 0; count < 5; count++) {
			const grant = await auth.authorize(apiUrl);
			if (grant) await auth.renew(grant);
			requests++;
		}
		await stage.advance(1_000);
	}
	expect(requests).toBe(200);
	expect(stage.to("/refresh")).toHaveLength(4);
});

test("B24 whether an answer is the token's fault is the protocol's to say: by default a 403 is not", () => {
	const header = () => null;
	expect(stage.protocol.judge({ status: 403, header })).toBe(false);
	expect(stage.protocol.judge({ status: 401, header })).toBe(true);
});

test("B26 an expired password is an outcome of its own, and no token comes of it", async () => {
	stage = createStage({
		read: () => ({ type: "password-expired", detail: "time for a new one" }),
	});
	const auth = stage.open();
	const refused = await auth
		.signIn({ name: "ann" })
		.catch((error: AuthError) => error);
	expect(refused).toMatchObject({
		code: "password-expired",
		detail: "time for a new one",
	});
	expect(auth.state).toMatchObject({
		status: "unauthenticated",
		reason: "password-expired",
		pending: null,
	});
	expect(auth.authorize(apiUrl)).toBe(null);
});

test("B63 a no after a lost answer names the lost answer as its cause", async () => {
	const auth = await stage.signedIn(servers);
	await stage.advance(lifetimeMs);
	// the server acts, and its answer is lost
	stage.answerWith((item) => {
		stage.serve({ ...item, answer: () => {} });
		item.fail();
	});
	const waiting = outcomeOf(auth.authorize(apiUrl));
	await flush();
	stage.serveAgain();
	await stage.advance(1_000);
	expect(waiting.error).toBe("in-doubt");
	expect(auth.state).toMatchObject({
		status: "unauthenticated",
		failure: { code: "in-doubt" },
	});
});

test("B63 a record that somebody else left in doubt is not presented at once, and its no is in-doubt", async () => {
	stage = createStage({ refresh: refreshDescription });
	const store = createRecordStore();
	await stage.signedIn({ store: defineStore(store), ...servers });
	await stage.advance(lifetimeMs);
	const record = store.record;
	store.record = record && { ...record, isInDoubt: true };
	const next = stage.open({ store: defineStore(store), ...servers });
	stage.answerWith(({ answer }) => answer(401, {}));
	const waiting = outcomeOf(next.authorize(apiUrl));
	await stage.advance(10_000);
	expect(waiting.error).toBe("in-doubt");
});
