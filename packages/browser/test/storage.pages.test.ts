import { useBrowser } from "./browsers.ts";
import { crossingTests } from "./crossings.ts";
import { hostileStorageTests } from "./hostile-storage.ts";
import { sharedStorageTests } from "./shared-storage.ts";

const browser = useBrowser();
sharedStorageTests(browser, false);
hostileStorageTests(browser, false);
crossingTests(browser, false);
