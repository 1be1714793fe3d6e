import { useBrowser } from "./browsers.ts";
import { outageTests } from "./outages.ts";
import { reloadTests } from "./page-cache.ts";
import { stuckTabTests } from "./stuck-tabs.ts";

const browser = useBrowser();
stuckTabTests(browser, false);
outageTests(browser, false);
reloadTests(browser, false);
