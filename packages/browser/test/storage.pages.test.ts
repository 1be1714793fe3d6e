import { storageTests } from "./storage.ts";

storageTests(false);
