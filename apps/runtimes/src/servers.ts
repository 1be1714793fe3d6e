/** What the scenarios talk to: both mock APIs on one port, a foreign server that looks for tokens, and a closed port. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { startMockApi } from "@keyturn/testing/node";
import { type Config, tokenMark } from "./scenario.ts";

export interface Servers extends AsyncDisposable, Omit<Config, "traits"> {}

export async function startServers(): Promise<Servers> {
	const api = await startMockApi({
		api: { "/oz": "oz", "/kazunion": "kazunion" },
	});
	let tokens = 0;
	const foreign = createServer((request, response) => {
		if (JSON.stringify(request.headers).includes(tokenMark)) tokens++;
		// it lets every page in: nothing but the adapter keeps the token from it
		response.setHeader("access-control-allow-origin", "*");
		response.setHeader("access-control-allow-headers", "*, authorization");
		response.end(
			request.url !== "/seen"
				? "foreign"
				: tokens === 0
					? "no token"
					: `${tokens} tokens`,
		);
	}).listen(0, "127.0.0.1");
	const closed = createServer().listen(0, "127.0.0.1");
	await Promise.all([once(foreign, "listening"), once(closed, "listening")]);
	const originOf = (server: typeof foreign) =>
		`http://127.0.0.1:${(server.address() as AddressInfo).port}`;
	const closedOrigin = originOf(closed);
	closed.close();
	await once(closed, "close");
	return {
		apis: api.url,
		foreign: originOf(foreign),
		closed: closedOrigin,
		async [Symbol.asyncDispose]() {
			foreign.closeAllConnections();
			foreign.close();
			await api.close();
		},
	};
}
