import { defaultServerConditions } from "vite";
import { configDefaults, defineConfig } from "vitest/config";
import { findChromium } from "./packages/tooling/src/chromium.ts";

const server = ["source", ...defaultServerConditions];

// Those that drive a browser throughout.
const browsing = [
	"apps/demo/**",
	"packages/browser/**",
	"apps/docs/test/site.*",
	"apps/runtimes/test/realms/policy.*",
];
const isBrowsing = (await findChromium()) !== undefined;
if (!isBrowsing)
	console.warn("no Chromium: the deep browser tests are left out");

/** The tests that take long: packages as consumers get them, copies of the workspace, deeper searches. */
export default defineConfig({
	ssr: { resolve: { conditions: server, externalConditions: server } },
	test: {
		globalSetup: ["./packages/tooling/src/canary-guard.ts"],
		name: "deep",
		// The default leaves one processor free, which is half of a machine that has two.
		maxWorkers: "100%",
		include: ["{packages,apps}/*/{src,test}/**/*.deep.test.{ts,tsx}"],
		exclude: [...configDefaults.exclude, ...(isBrowsing ? [] : browsing)],
		testTimeout: 300_000,
		hookTimeout: 300_000,
		expect: { poll: { timeout: 60_000 } },
	},
});
