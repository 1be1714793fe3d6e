/** A real server on a free loopback port that writes down what reached it. */
import { once } from "node:events";
import {
	createServer,
	type IncomingHttpHeaders,
	type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";

export interface Seen {
	readonly method: string;
	/** Path and query. */
	readonly path: string;
	readonly headers: IncomingHttpHeaders;
	readonly body: string;
}

export interface Loopback extends AsyncDisposable {
	/** `http://127.0.0.1:4010` */
	readonly origin: string;
	/** The same server under another name, which makes it another origin. */
	readonly alias: string;
	readonly seen: readonly Seen[];
}

export type Answer = (seen: Seen, out: ServerResponse) => void;

export async function startLoopback(answer: Answer): Promise<Loopback> {
	const seen: Seen[] = [];
	// as in the mock of `@keyturn/testing`: a client that is busy for 5 s must not send into a connection that is being closed
	const keepAlive = { keepAliveTimeout: 300_000 };
	const server = createServer(keepAlive, async (message, out) => {
		const chunks: Buffer[] = [];
		try {
			for await (const chunk of message) chunks.push(chunk);
		} catch {
			return;
		}
		const request = {
			method: message.method ?? "",
			path: message.url ?? "",
			headers: message.headers,
			body: Buffer.concat(chunks).toString(),
		};
		seen.push(request);
		answer(request, out);
	}).listen(0, "127.0.0.1");
	await once(server, "listening");
	const { port } = server.address() as AddressInfo;
	return {
		origin: `http://127.0.0.1:${port}`,
		alias: `http://localhost:${port}`,
		seen,
		async [Symbol.asyncDispose]() {
			server.closeAllConnections();
			server.close();
			await once(server, "close");
		},
	};
}
