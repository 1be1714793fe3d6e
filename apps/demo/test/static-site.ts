/** The static build, served as plain files by a server that can do nothing else, below a path. */
import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

export interface StaticSite extends AsyncDisposable {
	/** With a slash at the end. */
	readonly url: string;
	/** Every file that was asked for. */
	readonly asked: readonly string[];
}

const types: Readonly<Record<string, string>> = {
	".html": "text/html",
	".js": "text/javascript",
	".css": "text/css",
	".svg": "image/svg+xml",
};

const root = fileURLToPath(new URL("..", import.meta.url));
const below = "/some/where/";

export async function serveStaticBuild(): Promise<StaticSite> {
	const folder = await mkdtemp(join(tmpdir(), "explorer-"));
	// in a process of its own: here NODE_ENV is "test", and React would come in its development version
	await promisify(execFile)(
		process.execPath,
		[
			join(root, "node_modules/vite/bin/vite.js"),
			"build",
			"--mode=static",
			"--logLevel=error",
			"--emptyOutDir",
			`--outDir=${folder}`,
		],
		{ cwd: root, env: { ...process.env, NODE_ENV: "production" } },
	);
	const asked: string[] = [];
	const server = createServer(async ({ url = "/" }, out) => {
		const { pathname } = new URL(url, "http://localhost");
		asked.push(pathname);
		const name = pathname.startsWith(below)
			? pathname.slice(below.length) || "index.html"
			: "none";
		try {
			const body = await readFile(join(folder, normalize(name)));
			out
				.writeHead(200, { "content-type": types[extname(name)] ?? "" })
				.end(body);
		} catch {
			out.writeHead(404).end();
		}
	});
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	const { port } = server.address() as AddressInfo;
	return {
		url: `http://127.0.0.1:${port}${below}`,
		asked,
		async [Symbol.asyncDispose]() {
			server.closeAllConnections();
			server.close();
			await rm(folder, { recursive: true });
		},
	};
}
