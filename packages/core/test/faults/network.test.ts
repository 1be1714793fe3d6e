import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { AuthError } from "../../src/index.ts";
import {
	apiUrl,
	createStage,
	flush,
	lifetimeMs,
	mustRefreshAfterMs,
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

const servers = { refresh: { eager: false } } as const;

test("B1 offline: the session stays, waiters reject with unavailable, and the retry waits for its back-off", async () => {
	const auth = await stage.signedIn(servers);
	await stage.advance(lifetimeMs);
	stage.answerWith(({ fail }) => fail(new AuthError("unavailable")));
	const first = outcomeOf(auth.authorize(apiUrl));
	await flush();
	// retried once by itself while the request waits
	expect(first.isSettled).toBe(false);
	expect(auth.state).toMatchObject({
		status: "expired",
		failure: { code: "unavailable" },
	});
	await stage.advance(500);
	expect(first.error).toBe("unavailable");
	expect(stage.to("/refresh")).toHaveLength(2);
	// fails fast until the back-off is over
	const second = outcomeOf(auth.authorize(apiUrl));
	await flush();
	expect(second.error).toBe("unavailable");
	expect(stage.to("/refresh")).toHaveLength(2);
	stage.serveAgain();
	await stage.advance(1_000);
	expect(tokenOf(await auth.authorize(apiUrl))).toBe("access-ann1.2");
	expect(stage.to("/refresh")).toHaveLength(3);
});

test("B1 the error says when trying again makes sense", async () => {
	const auth = await stage.signedIn(servers);
	await stage.advance(lifetimeMs);
	stage.answerWith(({ answer }) => answer(503, {}, { "retry-after": "7" }));
	await flush();
	const refused = Promise.resolve(auth.authorize(apiUrl)).catch(
		(error: AuthError) => error,
	);
	await stage.advance(7_000);
	expect(await refused).toMatchObject({
		code: "unavailable",
		retryAfterMs: 7_000,
	});
});

describe("B3 the answer to a refresh is lost", () => {
	const lose = () => stage.answerWith(({ fail }) => fail());

	test("in doubt: the refresh token is not shown again while the access token is good", async () => {
		const auth = await stage.signedIn();
		lose();
		await stage.advance(shouldRefreshAfterMs);
		expect(stage.to("/refresh")).toHaveLength(1);
		await stage.advance(mustRefreshAfterMs - shouldRefreshAfterMs - 1);
		expect(stage.to("/refresh")).toHaveLength(1);
		expect(auth.state).toMatchObject({
			status: "authenticated",
			failure: { code: "in-doubt" },
		});
		expect(tokenOf(auth.authorize(apiUrl))).toBe("access-ann1.1");
		// nothing is left to lose
		stage.serveAgain();
		await stage.advance(1);
		expect(stage.to("/refresh")).toHaveLength(2);
		expect(auth.state).toMatchObject({ generation: 2, failure: null });
	});

	test("with resend: always the ordinary back-off holds", async () => {
		stage = createStage({
			refresh: { ...refreshDescription, resend: "always" },
		});
		await stage.signedIn();
		lose();
		await stage.advance(shouldRefreshAfterMs);
		stage.serveAgain();
		await stage.advance(500);
		expect(stage.to("/refresh")).toHaveLength(2);
	});

	test("a waiting request is told in-doubt, never rejected", async () => {
		const auth = await stage.signedIn(servers);
		await stage.advance(lifetimeMs);
		lose();
		const waiting = outcomeOf(auth.authorize(apiUrl));
		await flush();
		stage.answerWith(({ answer }) => answer(401, {}));
		await stage.advance(1_000);
		expect(waiting.error).toBe("in-doubt");
		expect(auth.state).toMatchObject({
			status: "unauthenticated",
			reason: "rejected",
			failure: { code: "in-doubt" },
		});
	});
});

test("B4 the answer comes after our time-out: waiters hear one outcome, and the pair is kept", async () => {
	const auth = await stage.signedIn({
		refresh: { eager: false, timeoutMs: 3_000, deadlineMs: 10_000 },
	});
	await stage.advance(lifetimeMs);
	stage.hold();
	const waiting = outcomeOf(auth.authorize(apiUrl));
	await stage.advance(3_000);
	expect(auth.state).toMatchObject({
		status: "expired",
		failure: { code: "timeout" },
	});
	const [late] = stage.to("/refresh");
	if (late) stage.serve(late);
	await flush();
	expect(auth.state).toMatchObject({ status: "authenticated", generation: 2 });
	expect(tokenOf(waiting.value)).toBe("access-ann1.2");
	await stage.advance(20_000);
	expect(stage.to("/refresh")).toHaveLength(1);
});

test("B4 a late answer that has been overtaken changes nothing", async () => {
	const auth = await stage.signedIn({
		refresh: { eager: false, timeoutMs: 3_000 },
	});
	await stage.advance(lifetimeMs);
	stage.hold();
	outcomeOf(auth.authorize(apiUrl));
	await stage.advance(3_000);
	const [late] = stage.to("/refresh");
	stage.serveAgain();
	await stage.advance(1_000);
	expect(auth.state).toMatchObject({ generation: 2 });
	const before = auth.state;
	late?.answer(200, { access: "stale", refresh: "stale", lifetimeMs });
	await flush();
	expect(auth.state).toBe(before);
});

test("B5 an accepted answer that stops half-way leaves the token in doubt", async () => {
	const auth = await stage.signedIn();
	stage.answerWith(({ answer }) => answer(200, '{"access":"acc'));
	await stage.advance(shouldRefreshAfterMs);
	expect(auth.state).toMatchObject({
		status: "authenticated",
		failure: { code: "in-doubt" },
	});
	await stage.advance(5_000);
	expect(stage.to("/refresh")).toHaveLength(1);
});

test("B6 a captive portal answers with HTML: retryable, and nothing of the page in any error", async () => {
	const auth = await stage.signedIn(servers);
	await stage.advance(lifetimeMs);
	stage.answerWith(({ answer }) =>
		answer(200, "<html>canary-portal</html>", { "content-type": "text/html" }),
	);
	const refused = Promise.resolve(auth.authorize(apiUrl)).catch(
		(error: AuthError) => error,
	);
	await stage.advance(2_000);
	const error = (await refused) as AuthError;
	expect(error.code).toBe("bad-response");
	expect(`${error.stack} ${error.message} ${error.cause}`).not.toContain(
		"canary",
	);
	expect(auth.state.status).toBe("expired");
	expect(
		auth.journal.map((entry) => JSON.stringify(entry)).join(),
	).not.toContain("canary");
});

test("B8 L7 an hour's outage costs each of ten tabs one request per step, spread by chance", async () => {
	const tabs = 10;
	let seed = 0.05;
	stage.answerWith((item) =>
		item.path === "/sign-in" ? stage.serve(item) : item.answer(503, {}),
	);
	for (let tab = 0; tab < tabs; tab++)
		await stage.signedIn({
			platform: stage.platform({
				random: () => {
					seed = (seed * 7.13 + 0.137) % 1;
					return seed;
				},
			}),
		});
	await stage.advance(3_600_000);
	const times = stage.to("/refresh").map(({ atMs }) => atMs);
	// back-off settles at 15 to 30 s
	expect(times.length).toBeLessThan((tabs * 3_600) / 15 + tabs * 8);
	expect(times.length).toBeGreaterThan((tabs * 3_600) / 30 - tabs);
	const lastMinutes = times.filter((atMs) => atMs > 3_000_000);
	const perSecond = new Map<number, number>();
	for (const atMs of lastMinutes) {
		const second = Math.floor(atMs / 1_000);
		perSecond.set(second, (perSecond.get(second) ?? 0) + 1);
	}
	expect(Math.max(...perSecond.values())).toBeLessThan(tabs / 2);
	const afterMs = stage.elapsedMs();
	stage.serveAgain();
	await stage.advance(30_000);
	// the token's family is one per tab here: each comes back once
	expect(
		stage.to("/refresh").filter(({ atMs }) => atMs > afterMs),
	).toHaveLength(tabs);
});

describe("B10 a caller aborts while it waits", () => {
	test("it rejects at once with its own reason; the refresh goes on for the others", async () => {
		const auth = await stage.signedIn(servers);
		await stage.advance(lifetimeMs);
		stage.hold();
		const controller = new AbortController();
		const leaving = outcomeOf(
			auth.authorize(apiUrl, { signal: controller.signal }),
		);
		const staying = outcomeOf(auth.authorize(apiUrl));
		await flush();
		const reason = new Error("enough");
		controller.abort(reason);
		await flush();
		expect(leaving.error).toBe(reason);
		expect(staying.isSettled).toBe(false);
		const [refresh] = stage.to("/refresh");
		if (refresh) stage.serve(refresh);
		await flush();
		expect(tokenOf(staying.value)).toBe("access-ann1.2");
	});

	test("the last one to leave does not stop a rotation under way", async () => {
		const auth = await stage.signedIn(servers);
		await stage.advance(lifetimeMs);
		stage.hold();
		const controller = new AbortController();
		const leaving = outcomeOf(
			auth.authorize(apiUrl, { signal: controller.signal }),
		);
		await flush();
		controller.abort();
		const [refresh] = stage.to("/refresh");
		if (refresh) stage.serve(refresh);
		await flush();
		expect(leaving.error).toBe(controller.signal.reason.code);
		expect(auth.state).toMatchObject({
			status: "authenticated",
			generation: 2,
		});
	});

	test("one that has been aborted before is refused without a refresh", async () => {
		const auth = await stage.signedIn(servers);
		await stage.advance(lifetimeMs);
		const gone = outcomeOf(
			auth.refresh({ signal: AbortSignal.abort(new Error("before")) }),
		);
		await flush();
		expect(gone.error).toEqual(new Error("before"));
	});
});

test("B11 a reset connection counts as a lost answer, whatever its error says", async () => {
	const auth = await stage.signedIn();
	stage.answerWith(({ fail }) =>
		fail(Object.assign(new Error("socket hang up"), { code: "ECONNRESET" })),
	);
	await stage.advance(shouldRefreshAfterMs);
	expect(auth.state.failure?.code).toBe("in-doubt");
});

test("B12 the deadline of a waiter passes: it hears timeout, the machine goes on, the pair is kept", async () => {
	const auth = await stage.signedIn({
		refresh: { eager: false, deadlineMs: 2_000, timeoutMs: 10_000 },
	});
	await stage.advance(lifetimeMs);
	stage.hold();
	const waiting = outcomeOf(auth.authorize(apiUrl));
	await stage.advance(2_000);
	expect(waiting.error).toBe("timeout");
	expect(auth.state.status).toBe("refreshing");
	const [refresh] = stage.to("/refresh");
	if (refresh) stage.serve(refresh);
	await flush();
	expect(auth.state).toMatchObject({ status: "authenticated", generation: 2 });
});
