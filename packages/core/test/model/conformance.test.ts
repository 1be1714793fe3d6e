import { describe, expect, test } from "vitest";
import {
	type Auth,
	type AuthState,
	exportJournal,
	replayJournal,
} from "../../src/index.ts";
import { toText } from "../../src/journal.ts";
import type { User } from "../stage.ts";
import { type Rules, realRules } from "./configuration.ts";
import { compareWithModel } from "./conformance.ts";
import { surroundings } from "./surroundings.ts";

const firstSeed = Number(process.env.KEYTURN_SEED ?? 1);
const seeds = (count: number): readonly number[] =>
	Array.from({ length: count }, (_, index) => firstSeed + index);
const steps = 200;
const walks = 6;

describe.each(Object.entries(surroundings))("with %s", (_name, world) => {
	test(`real sessions do nothing that the model does not (seeds ${firstSeed} to ${firstSeed + walks - 1}, ${steps} steps each), and their journals replay to the state that they are in`, async () => {
		const counts = new Map<string, number>();
		for (const seed of seeds(walks)) {
			const compared = await compareWithModel(seed, steps, world);
			for (const [kind, count] of compared.counts)
				counts.set(kind, (counts.get(kind) ?? 0) + count);
			for (const auth of compared.sessions) {
				expectReplay(auth, seed);
				auth.close();
			}
		}
		const kinds = [
			..."accepted answer ask call loss outage reach refused sign-in sign-out".split(
				" ",
			),
			...(world.leaseMs === null ? [] : ["lock"]),
			...(world.store ? ["store"] : []),
		];
		expect([...counts.keys()].sort()).toEqual(kinds.sort());
		expect(
			[...counts.values()].reduce((sum, count) => sum + count),
		).toBeGreaterThan((walks * steps) / 3);
	});
});

/** The whole state, but for the user, who is in no journal. */
function expectReplay(auth: Auth<User, User>, seed: number): void {
	const text = exportJournal(auth);
	expect(text).not.toMatch(/(access|refresh)-f\d/);
	const { states, divergesAt } = replayJournal(text);
	expect(divergesAt, `seed ${seed}`).toBe(-1);
	expect(states.length).toBeGreaterThan(10);
	expect(withoutUser(states.at(-1)), `seed ${seed}`).toEqual(
		withoutUser(auth.state),
	);
}

const withoutUser = (state: AuthState | undefined): unknown =>
	JSON.parse(toText(state));

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

	test.each(Object.keys(differences))("%s", async (name) => {
		const rules = { ...realRules, ...differences[name] };
		const compare = async () => {
			for (const seed of seeds(60))
				await compareWithModel(seed, steps, { store: "slow" }, rules);
		};
		await expect(compare()).rejects.toThrow("the model does not allow this");
	});
});
