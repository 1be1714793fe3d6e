/** The built site, as a plain file server below a path serves it. */
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";

export const dist: string = join(import.meta.dirname, "../dist");

const types: Readonly<Record<string, string>> = {
	".html": "text/html; charset=utf-8",
	".js": "text/javascript",
	".css": "text/css",
	".svg": "image/svg+xml",
	".json": "application/json",
};

const below = "/some/where/";

export interface BuiltSite extends AsyncDisposable {
	/** With a slash at the end. */
	readonly url: string;
}

export async function serveSite(): Promise<BuiltSite> {
	const server = createServer(async ({ url = "/" }, out) => {
		const { pathname } = new URL(url, "http://localhost");
		const name = normalize(
			pathname.slice(below.length).replace(/(^|\/)$/, "$1index.html"),
		);
		try {
			const body = await readFile(join(dist, name));
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
		async [Symbol.asyncDispose]() {
			server.closeAllConnections();
			server.close();
		},
	};
}
