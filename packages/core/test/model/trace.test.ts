import { expect, test } from "vitest";
import { actionsOf } from "./action.ts";
import { check } from "./check.ts";
import { type Rules, realRules } from "./configuration.ts";
import { faultyCases } from "./configurations.ts";
import { createModel, firstWorld, follow } from "./search.ts";
import type { Model, World } from "./world.ts";

const found = faultyCases.find(({ name }) => name === "lost messages");
if (!found) throw new Error("no such case");
const configuration = found;
const rules: Rules = {
	...realRules,
	checksLaws: false,
	lostAnswer: "rejected",
};

test("a counterexample reads as what happened, and how everything stood then", () => {
	expect(check(configuration, rules).trace).toBe(
		`
S8 sign-out needs proof is broken in "lost messages" after 5 steps
   0. begin
      t=0 s | 1: authenticated 1.1 with pair 0.1 | 2: authenticated 1.1 with pair 0.1 | store 1.1 with pair 0.1 | server 0.1
   1. 6 s pass
      t=6 s | 1: authenticated 1.1 with pair 0.1 | 2: authenticated 1.1 with pair 0.1 | store 1.1 with pair 0.1 | server 0.1
   2. client 1 calls the API
      t=6 s | 1: refreshing 1.1 with pair 0.1, refresh queued | 2: authenticated 1.1 with pair 0.1 | store 1.1 with pair 0.1 | server 0.1
   3. client 1 gets the lock
      t=6 s | 1: refreshing 1.1 with pair 0.1, refresh sent with lock 1 | 2: authenticated 1.1 with pair 0.1 | store 1.1 with pair 0.1 | server 0.1
   4. client 1 refresh request is lost
      t=6 s | 1: refreshing 1.1 with pair 0.1, refresh sent with lock 1 | 2: authenticated 1.1 with pair 0.1 | store 1.1 with pair 0.1 | server 0.1
   5. client 1 hears of its refresh
      t=6 s | 1: unauthenticated (rejected) 1.2 | 2: authenticated 1.1 with pair 0.1 | store 1.2 ended | server 0.1
`.trim(),
	);
});

/** Every path of so many steps, without a memory of what was seen: another way to look than the search's. */
const isBrokenWithin = (model: Model, world: World, steps: number): boolean =>
	steps > 0 &&
	actionsOf(model, world).some((action) => {
		const next = follow(model, world, action);
		return next.broken !== null || isBrokenWithin(model, next, steps - 1);
	});

test("and none is shorter", () => {
	const model = createModel(configuration, rules);
	expect(isBrokenWithin(model, firstWorld(model), 4)).toBe(false);
	expect(isBrokenWithin(model, firstWorld(model), 5)).toBe(true);
});
