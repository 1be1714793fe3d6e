import { lifecycleTests } from "./lifecycle.ts";

lifecycleTests(true);
