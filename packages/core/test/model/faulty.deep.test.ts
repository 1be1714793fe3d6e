import { deepFaultyCases } from "./deep-configurations.ts";
import { defineSearchTests } from "./define-search-tests.ts";

defineSearchTests(
	deepFaultyCases,
	"S1 S2 S3 S4 S5 S6 S7 S8 S9 S10 S11 S13 S14 S15 S17 L1 L2 L3 L4 L5 L6 L7",
);
