import { fileURLToPath } from "node:url";
import { createServer } from "vite";
import type { Overview } from "../src/mock/overview.ts";

export interface DemoServer extends AsyncDisposable {
	/** With a slash at the end. */
	readonly url: string;
	/** What the mock servers count. */
	overview(): Promise<Overview>;
	/** Fresh servers. */
	reset(): Promise<void>;
}

const root = fileURLToPath(new URL("..", import.meta.url));

/** The dev server as `pnpm demo` starts it, on a free port. */
export async function startDemo(): Promise<DemoServer> {
	const server = await createServer({
		root,
		configFile: `${root}/vite.config.ts`,
		logLevel: "error",
		clearScreen: false,
		// nobody edits while a test runs, and other tests write files
		server: { port: 0, hmr: false, watch: null },
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
		async reset() {
			for (const api of ["oz", "kazunion", "oauth2"])
				await fetch(`${url}mock/${api}/__mock/reset`, { method: "POST" });
		},
		[Symbol.asyncDispose]: () => server.close(),
	};
}
