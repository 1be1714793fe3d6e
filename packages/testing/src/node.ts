/** A real loopback port for the mock APIs: Node.js, Bun, Deno. */
export type { ApiSource, ApiSources, AuthorityOf } from "./api-source.ts";
export {
	type HttpServer,
	type HttpServerOptions,
	type NodeListener,
	serveHandler,
	toNodeListener,
} from "./http-server.ts";
export { type MockApi, type MockApiOptions, startMockApi } from "./mock-api.ts";
