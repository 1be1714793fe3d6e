import { useBrowser } from "./browsers.ts";
import { outageTests } from "./outages.ts";
import { pageCacheTests, reloadTests } from "./page-cache.ts";
import { stuckTabTests } from "./stuck-tabs.ts";

const browser = useBrowser();
stuckTabTests(browser, true);
outageTests(browser, true);
reloadTests(browser, true);
pageCacheTests();
