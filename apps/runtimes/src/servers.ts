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
	// closes no idle connection: a runtime that was busy for 5 s must not send into one that is being closed
	const patience = { keepAliveTimeout: 300_000 };
	const foreign = createServer(patience, (request, response) => {
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
	await once(foreign, "listening");
	const { port } = foreign.address() as AddressInfo;
	return {
		apis: api.url,
		foreign: `http://127.0.0.1:${port}`,
		// nobody's: no service has it, no system gives it to who asks for any, and no runtime refuses to try it
		closed: "http://127.0.0.1:4",
		async [Symbol.asyncDispose]() {
			foreign.closeAllConnections();
			foreign.close();
			await api.close();
		},
	};
}
