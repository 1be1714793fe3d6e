import { describe, expect, test } from "vitest";
import { exportJournal, replayJournal } from "../../src/index.ts";
import { type Rules, realRules } from "./configuration.ts";
import { compareWithModel } from "./conformance.ts";

const firstSeed = Number(process.env.KEYTURN_SEED ?? 1);
const seeds = (count: number): readonly number[] =>
	Array.from({ length: count }, (_, index) => firstSeed + index);
const steps = 200;

describe.each(["instant", "slow"] as const)(
	"with a store that is %s",
	(store) => {
		test(`real sessions do nothing that the model does not (seeds ${firstSeed} to ${firstSeed + 59}, ${steps} steps each)`, async () => {
			const counts = new Map<string, number>();
			for (const seed of seeds(60)) {
				const compared = await compareWithModel(seed, steps, store);
				for (const [kind, count] of compared.counts)
					counts.set(kind, (counts.get(kind) ?? 0) + count);
				for (const auth of compared.sessions) auth.close();
			}
			const kinds =
				"accepted answer ask call lock loss outage reach refused sign-in sign-out";
			expect([...counts.keys()].sort()).toEqual(
				(store === "slow" ? `${kinds} store` : kinds).split(" ").sort(),
			);
			for (const [kind, count] of counts)
				expect(count, kind).toBeGreaterThan(25);
		}, 60_000);

		test("every walk's journal replays to the status in which the session was left", async () => {
			let entries = 0;
			for (const seed of seeds(15)) {
				const { sessions } = await compareWithModel(seed, steps, store);
				for (const auth of sessions) {
					const text = exportJournal(auth);
					expect(text).not.toMatch(/(access|refresh)-f\d/);
					const { states, divergesAt } = replayJournal(text);
					expect(divergesAt, `seed ${seed}`).toBe(-1);
					expect(states.at(-1)).toMatchObject({
						status: auth.state.status,
						epoch: auth.state.epoch,
						generation: auth.state.generation,
					});
					entries += states.length;
					auth.close();
				}
			}
			expect(entries).toBeGreaterThan(500);
		}, 60_000);
	},
);

describe("a model that differs is noticed", () => {
	const differences: Record<string, Partial<Rules>> = {
		"no reading under the lock": { rereadsUnderLock: false },
		"no reading again after a refused swap": { rereadsAfterRefusal: false },
		"swaps that borrow an expectation": { dropsOvertakenSwaps: false },
		"a lost answer that counts as unavailable": { lostAnswer: "unavailable" },
		"no word when the lock cannot be had": { reportsLockFailure: false },
		"a lock that is let go before the pair is stored": {
			holdsLockToTheEnd: false,
		},
		"waits without a deadline": { hasDeadlines: false },
	};

	test.each(Object.keys(differences))(
		"%s",
		async (name) => {
			const rules = { ...realRules, ...differences[name] };
			const compare = async () => {
				for (const seed of seeds(60))
					await compareWithModel(seed, steps, "slow", rules);
			};
			await expect(compare()).rejects.toThrow("the model does not allow this");
		},
		60_000,
	);
});
