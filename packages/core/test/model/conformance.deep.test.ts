import { expect, test } from "vitest";
import { compareWithModel } from "./conformance.ts";

/** Other walks than those of the quick run. */
const firstSeed = Number(process.env.KEYTURN_SEED ?? 1_000);
const count = 1_000;

test.each(["instant", "slow"] as const)(
	`real sessions do nothing that the model does not, ${count} walks from seed ${firstSeed}, with a store that is %s`,
	async (store) => {
		let actions = 0;
		for (let seed = firstSeed; seed < firstSeed + count; seed++) {
			const { counts, sessions } = await compareWithModel(seed, 300, store);
			for (const number of counts.values()) actions += number;
			for (const auth of sessions) auth.close();
		}
		expect(actions).toBeGreaterThan(100_000);
	},
);
