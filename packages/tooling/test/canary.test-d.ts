import type { CANARY } from "@keyturn/tooling/canary";
import { expectTypeOf, test } from "vitest";

test("the canary is a literal, so that a mistyped one does not compile", () => {
	expectTypeOf<typeof CANARY>().toEqualTypeOf<"kt-canary-">();
});
