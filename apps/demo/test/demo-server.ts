import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { createServer } from "vite";
import type { Overview } from "../src/mock/overview.ts";

export interface DemoServer extends AsyncDisposable {
	/** With a slash at the end. */
	readonly url: string;
	/** What the mock servers count. */
	overview(): Promise<Overview>;
	/** Replaces a module in all pages, as an edit of its file does. */
	replace(path: string): Promise<void>;
	/** Fresh servers. */
	reset(): Promise<void>;
}

const root = fileURLToPath(new URL("..", import.meta.url));

/** The dev server as `pnpm demo` starts it, on a free port. */
export async function startDemo({
	isHot = false,
}: {
	readonly isHot?: boolean;
} = {}): Promise<DemoServer> {
	await mkdir(`${root}/node_modules/.cache`, { recursive: true });
	// servers that prepare their dependencies in the same folder at once get into each other's way
	const cacheDir = await mkdtemp(`${root}/node_modules/.cache/vite-`);
	const server = await createServer({
		root,
		cacheDir,
		configFile: `${root}/vite.config.ts`,
		logLevel: "error",
		clearScreen: false,
		// nobody edits while a test runs, and other tests write files
		server: { port: 0, ...(isHot ? {} : { hmr: false }), watch: null },
	});
	await server.listen();
	const address = server.httpServer?.address();
	if (!address || typeof address === "string") throw new Error("no port");
	const url = `http://127.0.0.1:${address.port}/`;
	return {
		url,
		async overview() {
			return (await fetch(`${url}mock/control`)).json() as Promise<Overview>;
		},
		async replace(path) {
			const { moduleGraph } = server.environments.client;
			const module = await moduleGraph.getModuleByUrl(path);
			if (!module) throw new Error("no such module");
			await server.environments.client.reloadModule(module);
		},
		async reset() {
			for (const api of ["oz", "kazunion", "oauth2"])
				await fetch(`${url}mock/${api}/__mock/reset`, { method: "POST" });
		},
		async [Symbol.asyncDispose]() {
			await server.close();
			await rm(cacheDir, { recursive: true, force: true });
		},
	};
}
