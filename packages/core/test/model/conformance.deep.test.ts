import { expect, test } from "vitest";
import { compareWithModel } from "./conformance.ts";
import { surroundings } from "./surroundings.ts";

/** Other walks than those of the quick run, and longer ones. */
const firstSeed = Number(process.env.KEYTURN_SEED ?? 1_000);
const walks = 20;
const steps = 300;

test.each(Object.entries(surroundings))(
	`real sessions do nothing that the model does not, ${walks} walks from seed ${firstSeed}: %s`,
	async (_name, world) => {
		let actions = 0;
		for (let seed = firstSeed; seed < firstSeed + walks; seed++) {
			const { counts, sessions } = await compareWithModel(seed, steps, world);
			for (const number of counts.values()) actions += number;
			for (const auth of sessions) auth.close();
		}
		expect(actions).toBeGreaterThan((walks * steps) / 3);
	},
);
