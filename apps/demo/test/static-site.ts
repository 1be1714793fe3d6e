/** The static build, served as plain files by a server that can do nothing else, below a path. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { buildApp } from "./built-app.ts";

export interface StaticSite extends AsyncDisposable {
	/** With a slash at the end. */
	readonly url: string;
	/** Every path that was asked for. */
	readonly asked: readonly string[];
}

const below = "/some/where/";

export async function serveStaticBuild(): Promise<StaticSite> {
	const app = await buildApp("static");
	const asked: string[] = [];
	const server = createServer(async (message, out) => {
		asked.push(message.url ?? "");
		if (!(await app.serve(message, out, below))) out.writeHead(404).end();
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
			await app[Symbol.asyncDispose]();
		},
	};
}
