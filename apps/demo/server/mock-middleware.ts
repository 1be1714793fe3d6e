/** Mounts the mock APIs in Vite's own server: same port, real HTTP. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Connect, Plugin, ViteDevServer } from "vite";
import type { MockApis } from "../src/mock/mock-apis.ts";

/** More than any request of the explorer. */
const maxBodyBytes = 1 << 20;

async function readBody(
	message: IncomingMessage,
): Promise<Uint8Array<ArrayBuffer>> {
	const chunks: Uint8Array[] = [];
	let length = 0;
	for await (const chunk of message as AsyncIterable<Uint8Array>) {
		length += chunk.length;
		if (length > maxBodyBytes) throw new RangeError("the body is too long");
		chunks.push(chunk);
	}
	return new Uint8Array(Buffer.concat(chunks));
}

/** When the body fails in the middle, what has come is sent, and then the connection is cut. */
async function writeBody(
	body: ReadableStream<Uint8Array> | null,
	out: ServerResponse,
): Promise<void> {
	try {
		for await (const chunk of (body ?? []) as AsyncIterable<Uint8Array>)
			await new Promise<void>((resolve, reject) => {
				out.write(chunk, (error) => (error ? reject(error) : resolve()));
			});
		out.end();
	} catch {
		out.destroy();
	}
}

function middleware(server: ViteDevServer): Connect.NextHandleFunction {
	// through Vite, so that the sources of the workspace need no build; once, so that sessions outlive an edit of a page
	let apis: Promise<MockApis> | undefined;
	const load = async () =>
		(
			(await server.ssrLoadModule("/src/mock/mock-apis.ts")) as {
				createMockApis(): MockApis;
			}
		).createMockApis();
	return async (message, out, next) => {
		const { method = "GET", url = "/", headersDistinct } = message;
		if (!url.startsWith("/mock/")) return next();
		const base = `http://${message.headers.host ?? "127.0.0.1"}/`;
		const gone = new AbortController();
		out.on("close", () => gone.abort());
		try {
			const hasBody = method !== "GET" && method !== "HEAD";
			const request = new Request(new URL(url, base), {
				method,
				signal: gone.signal,
				headers: Object.entries(headersDistinct).flatMap(
					([name, values = []]) =>
						values.map((value): [string, string] => [name, value]),
				),
				body: hasBody ? await readBody(message) : null,
			});
			apis ??= load();
			const response = await (await apis).answer(request, base);
			out.writeHead(response.status, [...response.headers].flat());
			await writeBody(response.body, out);
		} catch {
			// what the fault asks for: a reset, not an orderly end
			message.socket.resetAndDestroy();
		}
	};
}

export const mockApis = (): Plugin => ({
	name: "mock-apis",
	configureServer(server) {
		server.middlewares.use(middleware(server));
	},
});
