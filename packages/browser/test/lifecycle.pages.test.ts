import { useBrowser } from "./browsers.ts";
import { outageTests } from "./outages.ts";
import { pageCacheTests } from "./page-cache.ts";
import { stuckTabTests } from "./stuck-tabs.ts";

const browser = useBrowser();
stuckTabTests(browser, false);
outageTests(browser, false);
pageCacheTests(browser, false);
