import { held } from "@keyturn/tooling/held-answers";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { connect } from "./real-redis.ts";
import { createScene, one, repeated } from "./scene.ts";

const scene = await createScene();
const { url, authority, start, stored, hasCounted } = scene;
const { endLease, release } = scene;
afterAll(() => scene.close());
beforeEach(() => authority.reset());

describe.skipIf(!url)("a holder that comes back late or never", () => {
	test("B63 a holder killed before the server acted costs a lease, not the session", async () => {
		await using fleet = await start(2);
		const [victim, other] = fleet.workers;
		authority.expireNow();
		authority.fail(held, { on: "refresh" });
		victim.ask(one).catch(() => {});
		await hasCounted({ refreshRequests: 1 });
		victim.signal("SIGKILL");
		const report = other.ask({ type: "fetch", count: 3 });
		await endLease(fleet.key);
		expect((await report).outcomes).toEqual(repeated(3, 200));
		expect(authority.counters).toMatchObject({
			refreshRequests: 2,
			refreshes: 1,
			reuses: 0,
		});
	});

	test("B63 a holder killed after the server acted ends the session, and the error says in-doubt and not thief", async () => {
		await using fleet = await start(2);
		const [victim, other] = fleet.workers;
		authority.expireNow();
		authority.fail({ type: "hang", isAfter: true }, { on: "refresh" });
		victim.ask(one).catch(() => {});
		await hasCounted({ refreshes: 1 });
		victim.signal("SIGKILL");
		const report = other.ask(one);
		await endLease(fleet.key);
		expect(await report).toMatchObject({
			outcomes: ["in-doubt"],
			status: "unauthenticated",
			failure: "in-doubt",
		});
		expect(authority.counters).toMatchObject({ refreshRequests: 2, reuses: 1 });
		await expect.poll(() => stored(fleet.key)).toMatchObject({ access: null });
		// with credentials at hand the fleet is back in one step
		await other.ask({ type: "sign-in-once" });
		expect((await other.ask(one)).outcomes).toEqual([200]);
	});

	test("B62 a holder that thaws after its lease still brings the only live pair home", async () => {
		// the other hears of the pair by message, long before it would send
		await using fleet = await start(2, { hasSubscriber: true, timers: 60 });
		const [frozen, other] = fleet.workers;
		await using connection = await connect(url ?? "");
		authority.expireNow();
		authority.fail(held, { on: "refresh" });
		const frozenReport = frozen.ask(one);
		await hasCounted({ refreshRequests: 1 });
		frozen.signal("SIGSTOP");
		release();
		await hasCounted({ refreshes: 1 });
		await endLease(fleet.key);
		const otherReport = other.ask(one);
		// the other has the next lease, has found the mark, and waits before it dares to send
		await expect
			.poll(
				() => connection.command("HGET", `keyturn:{${fleet.key}}`, "doubt"),
				{
					interval: 5,
				},
			)
			.toBe("1");
		frozen.signal("SIGCONT");
		expect((await frozenReport).outcomes).toEqual([200]);
		expect(await otherReport).toMatchObject({ outcomes: [200], generation: 2 });
		expect(authority.counters).toMatchObject({ refreshRequests: 1, reuses: 0 });
	});

	test("B62 a holder that thaws after others have gone on cannot write", async () => {
		await using fleet = await start(2);
		const [frozen, other] = fleet.workers;
		authority.expireNow();
		authority.fail(held, { on: "refresh" });
		const frozenReport = frozen.ask(one);
		await hasCounted({ refreshRequests: 1 });
		frozen.signal("SIGSTOP");
		release();
		await hasCounted({ refreshes: 1 });
		await endLease(fleet.key);
		expect(await other.ask(one)).toMatchObject({ failure: "in-doubt" });
		await expect.poll(() => stored(fleet.key)).toMatchObject({ access: null });
		const tombstone = await stored(fleet.key);
		frozen.signal("SIGCONT");
		await frozenReport;
		expect(await frozen.ask(one)).toMatchObject({ status: "unauthenticated" });
		expect({ ...(await stored(fleet.key)), ageMs: 0 }).toEqual({
			...tombstone,
			ageMs: 0,
		});
		expect(authority.counters).toMatchObject({ refreshRequests: 2, reuses: 1 });
	});
});
