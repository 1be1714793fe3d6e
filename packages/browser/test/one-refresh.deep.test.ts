import { describe, test } from "vitest";
import { useBrowser } from "./browsers.ts";
import { refreshInRounds, worlds } from "./one-refresh.ts";

const browser = useBrowser();

describe.each(worlds)("by $name", (world) => {
	test.each([2, 8, 20])(
		"B49 %i tabs refresh once when their token expires, 20 times in a row",
		(count) => refreshInRounds(browser(), world, count, 20),
	);
});
