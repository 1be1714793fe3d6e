/** Serves a fetch-style handler on a real loopback port, and breaks connections where the handler says so. */
import { once } from "node:events";
import {
	createServer,
	type IncomingMessage,
	type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";

export interface HttpServerOptions {
	/** 0 to 65535; 0 takes a free one. Default 0. */
	readonly port?: number;
	/** Default `127.0.0.1`. */
	readonly host?: string;
}

export interface HttpServer extends AsyncDisposable {
	/** `http://127.0.0.1:4010`, without a slash at the end. */
	readonly url: string;
	readonly port: number;
	/** Breaks every connection and gives the port back. */
	close(): Promise<void>;
}

/** More than any request of a token API. */
const maxBodyBytes = 1 << 20;

async function readBody(message: IncomingMessage): Promise<Buffer> {
	const chunks: Buffer[] = [];
	let length = 0;
	for await (const chunk of message as AsyncIterable<Buffer>) {
		length += chunk.length;
		if (length > maxBodyBytes) throw new RangeError("the body is too long");
		chunks.push(chunk);
	}
	return Buffer.concat(chunks);
}

async function requestOf(
	message: IncomingMessage,
	origin: string,
	signal: AbortSignal,
): Promise<Request> {
	const { method = "GET", url = "/", headersDistinct } = message;
	const hasBody = method !== "GET" && method !== "HEAD";
	const body = hasBody ? new Uint8Array(await readBody(message)) : null;
	return new Request(new URL(origin + url), {
		method,
		signal,
		headers: Object.entries(headersDistinct).flatMap(([name, values = []]) =>
			values.map((value): [string, string] => [name, value]),
		),
		body,
	});
}

/** An answer's body, written as it comes; when it fails in the middle, what has come is sent and the connection cut. */
async function writeBody(
	body: ReadableStream<Uint8Array>,
	out: ServerResponse,
): Promise<void> {
	try {
		for await (const chunk of body as unknown as AsyncIterable<Uint8Array>)
			await new Promise<void>((resolve, reject) => {
				out.write(chunk, (error) => (error ? reject(error) : resolve()));
			});
		out.end();
	} catch {
		out.destroy();
	}
}

/** What `createServer` and the middlewares of dev servers take. Settles when the answer is out; never rejects. */
export type NodeListener = (
	message: IncomingMessage,
	out: ServerResponse,
) => Promise<void>;

/**
 * A fetch-style handler for a server that is there already: Vite's `middlewares.use("/mock", ...)`, Express.
 * @param handler rejects to break the connection without an answer
 */
export function toNodeListener(
	handler: (request: Request) => Promise<Response>,
): NodeListener {
	return async (message, out) => {
		const gone = new AbortController();
		out.on("close", () => gone.abort());
		let request: Request;
		try {
			const origin = `http://${message.headers.host ?? "localhost"}`;
			request = await requestOf(message, origin, gone.signal);
		} catch {
			// what is left of the body is not read, so nothing else can come on this connection
			out.writeHead(400, { connection: "close" }).end();
			return;
		}
		try {
			const response = await handler(request);
			out.writeHead(response.status, [...response.headers].flat());
			if (response.body && request.method !== "HEAD")
				await writeBody(response.body, out);
			else out.end();
		} catch {
			// a reset, not an orderly end: clients see both in the wild, and this is the harder one
			message.socket.resetAndDestroy();
		}
	};
}

/** @param handler as for {@link toNodeListener} */
export async function serveHandler(
	handler: (request: Request) => Promise<Response>,
	{ port = 0, host = "127.0.0.1" }: HttpServerOptions = {},
): Promise<HttpServer> {
	const server = createServer(
		// Node.js closes an idle connection after 5 s, and a client that was busy meanwhile sends into it: a failure that no test
		// has asked for
		{ keepAliveTimeout: 300_000 },
		toNodeListener(handler),
	);
	server.listen(port, host);
	await once(server, "listening");
	const address = server.address() as AddressInfo;
	const name =
		address.family === "IPv6" ? `[${address.address}]` : address.address;
	const close = async (): Promise<void> => {
		if (!server.listening) return;
		const closed = once(server, "close");
		server.close();
		server.closeAllConnections();
		await closed;
	};
	return {
		url: `http://${name}:${address.port}`,
		port: address.port,
		close,
		[Symbol.asyncDispose]: close,
	};
}
