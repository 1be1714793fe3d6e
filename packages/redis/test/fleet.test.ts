import { held } from "@keyturn/tooling/held-answers";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { startFleet } from "./fleet.ts";
import { newKey } from "./real-redis.ts";
import { createScene, one, patientFleet, repeated } from "./scene.ts";

const scene = await createScene();
const { url, api, authority, start, stored, hasCounted, recordAt } = scene;
const { lease, release } = scene;
afterAll(() => scene.close());
beforeEach(() => authority.reset());

describe.skipIf(!url)("a fleet of real processes", () => {
	test("B61 renews an expired session once, and asks Redis nothing while the token is good", async () => {
		// expired by the clock at the start, by the server's word later
		await using fleet = await start(4, { ageMs: 3_700_000 });
		for (let round = 1; round <= 4; round++) {
			const reports = await fleet.ask({ type: "fetch", count: 5 });
			expect(reports.flatMap(({ outcomes }) => outcomes)).toEqual(
				repeated(20, 200),
			);
			// the winner gives the lease back when everybody may have an answer already
			await expect.poll(() => lease(fleet.key)).toBe(null);
			const [again] = await Promise.all([fleet.workers[0].ask(one)]);
			expect(again.commands).toBe(0);
			expect(authority.counters).toMatchObject({
				refreshRequests: round,
				refreshes: round,
				reuses: 0,
				signIns: 0,
			});
			authority.expireNow();
		}
	});

	test.each(["thread", "cluster"] as const)(
		"B69 a %s reads the session before it uses it",
		async (kind) => {
			await using fleet = await start(2, { kind, ageMs: 3_700_000 });
			for (let round = 1; round <= 2; round++) {
				const reports = await fleet.ask(one);
				expect(reports.flatMap(({ outcomes }) => outcomes)).toEqual(
					repeated(2, 200),
				);
				expect(authority.counters).toMatchObject({
					refreshes: round,
					reuses: 0,
				});
				authority.expireNow();
			}
			await fleet.ask({ type: "close" });
		},
	);

	test("a fleet that starts with nothing signs in once, and leaves nothing running when it is closed", async () => {
		await using fleet = await startFleet(3, {
			api,
			redis: url ?? null,
			key: newKey(),
			hasSubscriber: true,
			...patientFleet,
		});
		const reports = await fleet.ask({ type: "sign-in-once" });
		expect(reports.map(({ status }) => status)).toEqual(
			repeated(3, "authenticated"),
		);
		expect(authority.counters.signInRequests).toBe(1);
		expect((await fleet.ask(one)).flatMap(({ outcomes }) => outcomes)).toEqual(
			repeated(3, 200),
		);
		// by itself: no timer, socket or listener keeps a process alive
		await fleet.ask({ type: "close" });
		expect(await Promise.all(fleet.workers.map(({ gone }) => gone))).toEqual(
			repeated(3, 0),
		);
	});

	test("a process that is closed in the middle of a refresh brings it home first", async () => {
		await using fleet = await start(1);
		const [only] = fleet.workers;
		authority.expireNow();
		authority.fail(held, { on: "refresh" });
		const report = only.ask(one);
		await hasCounted({ refreshRequests: 1 });
		const closed = only.ask({ type: "close" });
		expect((await report).outcomes).toEqual(["closed"]);
		release();
		await closed;
		expect(await stored(fleet.key)).toMatchObject({ generation: 2 });
		expect(await only.gone).toBe(0);
	});

	test("the same fleet without the package: the first expiry costs everybody the session", async () => {
		await using fleet = await startFleet(3, {
			api,
			redis: null,
			key: "none",
			record: recordAt(Date.now()),
			refresh: patientFleet.refresh,
		});
		authority.expireNow();
		await fleet.ask(one);
		expect(authority.counters.reuses).toBeGreaterThan(0);
		expect(authority.sessions[0]?.isRevoked).toBe(true);
	});
});
