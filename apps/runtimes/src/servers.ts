/** What the scenarios talk to: both mock APIs on one port, a foreign server that looks for tokens, and a closed port. */
import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { startMockApi } from "@keyturn/testing/node";
import { type Config, tokenMark } from "./scenario.ts";

export interface Servers extends AsyncDisposable, Omit<Config, "traits"> {}

export async function startServers(): Promise<Servers> {
	const api = await startMockApi({
		api: { "/oz": "oz", "/kazunion": "kazunion" },
	});
	let tokens = 0;
	// closes no idle connection: not that of a runtime that was busy for 5 s, nor the one below that says nothing
	const patience = {
		keepAliveTimeout: 300_000,
		headersTimeout: 0,
		requestTimeout: 0,
	};
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
	const closed = createServer().listen(0, "127.0.0.1");
	await Promise.all([once(foreign, "listening"), once(closed, "listening")]);
	const originOf = (server: typeof foreign) =>
		`http://127.0.0.1:${(server.address() as AddressInfo).port}`;
	const closedOrigin = originOf(closed);
	const { port: localPort } = closed.address() as AddressInfo;
	closed.close();
	await once(closed, "close");
	// a connection goes out from there: nobody listens, and nobody else is given that port meanwhile
	const { port } = foreign.address() as AddressInfo;
	const keeper = connect({ host: "127.0.0.1", port, localPort });
	await once(keeper, "connect");
	keeper.on("error", () => {});
	return {
		apis: api.url,
		foreign: originOf(foreign),
		closed: closedOrigin,
		async [Symbol.asyncDispose]() {
			keeper.destroy();
			foreign.closeAllConnections();
			foreign.close();
			await api.close();
		},
	};
}
