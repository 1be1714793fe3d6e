import { storageTests } from "./storage.ts";

storageTests(true);
