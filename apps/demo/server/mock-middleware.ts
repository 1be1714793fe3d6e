/** Mounts the mock APIs in Vite's own server: same port, real HTTP. */
import type { IncomingMessage } from "node:http";
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
			const body = response.body as AsyncIterable<Uint8Array> | null;
			if (body && method !== "HEAD")
				for await (const chunk of body) out.write(chunk);
			out.end();
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
