import { test } from "vitest";
import { useBrowser } from "./browsers.ts";
import { refreshInRounds, worlds } from "./one-refresh.ts";

const browser = useBrowser();

// the other worlds, and up to twenty tabs: `one-refresh.deep.test.ts`
test.each(
	worlds.filter(({ name }) => /^(Web Locks|the fallback lease)$/.test(name)),
)(
	"B49 2 tabs refresh once when their token expires, twice in a row, by $name",
	(world) => refreshInRounds(browser(), world, 2, 2),
);
