import { lifecycleTests } from "./lifecycle.ts";

lifecycleTests(false);
