import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Plugin } from "vite";

/** Puts msw's service worker beside the page, under the name that it registers. */
export const workerScript = (): Plugin => ({
	name: "worker-script",
	apply: "build",
	generateBundle() {
		const path = createRequire(import.meta.url).resolve(
			"msw/mockServiceWorker.js",
		);
		this.emitFile({
			type: "asset",
			fileName: "mockServiceWorker.js",
			source: readFileSync(path, "utf8"),
		});
	},
});
