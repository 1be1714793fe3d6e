import { availableParallelism } from "node:os";
import { playwright } from "@vitest/browser-playwright";
import { msw } from "msw/vite";
import { defaultClientConditions, defaultServerConditions } from "vite";
import { defineConfig } from "vitest/config";
import {
	chromiumFlags,
	findChromium,
} from "./packages/tooling/src/chromium.ts";

// "source" comes first: tests run on src, no build needed.
const client = ["source", ...defaultClientConditions];
const server = ["source", ...defaultServerConditions];
const ssr = {
	resolve: { conditions: server, externalConditions: server },
};
const chromium = await findChromium();
if (!chromium) console.warn("no Chromium: the browser tests are left out");

// A test that waits for nothing may still wait for the processor: on a machine that does thirty other things, Node.js needs
// 16 s to start.
const patience = {
	testTimeout: 300_000,
	hookTimeout: 300_000,
	expect: { poll: { timeout: 60_000 } },
};

const everywhere = (ending: string) => [
	`{packages,apps}/*/{src,test}/**/*.${ending}`,
];

export default defineConfig({
	test: {
		globalSetup: ["./packages/tooling/src/canary-guard.ts"],
		// One more than there are processors, since many tests wait: for a lease, a page, another process.
		maxWorkers: availableParallelism() + 1,
		projects: [
			{
				plugins: [msw()],
				ssr,
				test: {
					name: "node",
					environment: "node",
					isolate: false,
					include: everywhere("test.{ts,tsx}"),
					exclude: everywhere("{browser,pages,deep}.test.{ts,tsx}"),
					...patience,
				},
			},
			{
				// Type tests: the compiler checks them, nothing runs.
				test: {
					name: "types",
					include: [],
					typecheck: {
						enabled: true,
						only: true,
						checker: "tsc",
						tsconfig: "tsconfig.types.json",
						include: everywhere("test-d.{ts,tsx}"),
					},
				},
			},
			...(chromium
				? [
						{
							// Runs inside a page of real Chromium.
							plugins: [msw()],
							resolve: { conditions: client },
							test: {
								name: "browser",
								include: everywhere("browser.test.{ts,tsx}"),
								...patience,
								browser: {
									enabled: true,
									headless: true,
									// Half a minute on a machine that does twenty other things.
									connectTimeout: 180_000,
									screenshotFailures: false,
									provider: playwright({
										launchOptions: {
											executablePath: chromium.path,
											args: [...chromiumFlags],
											env: { ...process.env, ...chromium.env },
										},
									}),
									instances: [{ browser: "chromium" as const }],
								},
							},
						},
						{
							// Runs in Node and drives pages: several tabs, reloads, crashes.
							plugins: [msw()],
							ssr,
							test: {
								name: "pages",
								environment: "node",
								include: everywhere("pages.test.{ts,tsx}"),
								...patience,
							},
						},
					]
				: []),
		],
	},
});
