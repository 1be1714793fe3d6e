import { defaultServerConditions } from "vite";
import { defineConfig } from "vitest/config";

const server = ["source", ...defaultServerConditions];

/** The tests that take long: packages as consumers get them, copies of the workspace, deeper searches. */
export default defineConfig({
	ssr: { resolve: { conditions: server, externalConditions: server } },
	test: {
		globalSetup: ["./packages/tooling/src/canary-guard.ts"],
		name: "deep",
		include: ["{packages,apps}/*/{src,test}/**/*.deep.test.{ts,tsx}"],
		testTimeout: 300_000,
		hookTimeout: 300_000,
	},
});
