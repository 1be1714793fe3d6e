import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { createServer } from "vite";
import type { Overview } from "../src/mock/overview.ts";
import { buildApp, root } from "./built-app.ts";

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

interface DemoServerOptions {
	/** Replaces modules in open pages. Default `false`. */
	readonly isHot?: boolean;
	/** Serves the page as it is built; the mock servers are the same. Default `false`. */
	readonly isBuilt?: boolean;
}

/** The dev server as `pnpm demo` starts it, on a free port. */
export async function startDemo({
	isHot = false,
	isBuilt = false,
}: DemoServerOptions = {}): Promise<DemoServer> {
	const app = isBuilt ? await buildApp("production") : null;
	await mkdir(`${root}/node_modules/.cache`, { recursive: true });
	// servers that prepare their dependencies in the same folder at once get into each other's way
	const cacheDir = await mkdtemp(`${root}/node_modules/.cache/vite-`);
	const server = await createServer({
		root,
		cacheDir,
		plugins: app
			? [
					{
						name: "built-page",
						configureServer({ middlewares }) {
							middlewares.use(async (message, out, next) => {
								if (!(await app.serve(message, out, "/"))) next();
							});
						},
					},
				]
			: [],
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
			await app?.[Symbol.asyncDispose]();
			await rm(cacheDir, { recursive: true, force: true });
		},
	};
}
