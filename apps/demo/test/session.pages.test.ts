/** The whole way in real Chromium, over real HTTP. More of it: `session.deep.test.ts`. */
import { test } from "vitest";
import { beRefused, liveThrough } from "./session-life.ts";
import { useExplorer } from "./use-explorer.ts";

const visit = useExplorer();

test.each([
	["oz", "fetch"],
	["kazunion", "ky"],
] as const)(
	"%s through %s: sign in, fifty requests with an expired token, one refresh, sign out, nothing left",
	(api, adapter) => liveThrough(visit(), api, adapter),
);

test("says what the API says about a wrong password, and no more", () =>
	beRefused(visit(), "oz"));
