import {
	type ApiSource,
	type ApiSources,
	type AuthorityOf,
	isBelow,
	mount,
} from "./api-source.ts";
import type { Authority } from "./authority.ts";
import { answerControl } from "./control-route.ts";
import { addCors, answerPreflight } from "./cors.ts";
import {
	type HttpServer,
	type HttpServerOptions,
	serveHandler,
} from "./http-server.ts";

export interface MockApiOptions<Sources extends ApiSources>
	extends HttpServerOptions {
	/** `"oz"`, `"kazunion"`, `"oauth2"`, an authority, or several of them by path: `{"/oz": "oz", "/kz": authority}`. */
	readonly api: Sources;
	/** Pages of other origins may call. `false`: without any CORS header. Default `true`. */
	readonly cors?: boolean;
	/** Serves `/__mock` below each API, which shows and controls it. Default `true`. */
	readonly control?: boolean;
}

export interface MockApi<Sources extends ApiSources> extends HttpServer {
	/** The authority; of several, the one with the first path. */
	readonly authority: Sources extends ApiSource
		? AuthorityOf<Sources>
		: AuthorityOf<Sources[keyof Sources]>;
	/** By path; a single one is at `""`. */
	readonly authorities: Sources extends ApiSource
		? Readonly<Record<"", AuthorityOf<Sources>>>
		: { readonly [Path in keyof Sources]: AuthorityOf<Sources[Path]> };
}

/**
 * Serves mock APIs on a real loopback port. The connection-level faults of the authorities are real there: sockets are
 * reset, bodies end half-way.
 *
 * @example
 * await using api = await startMockApi({ api: "oz" });
 * const answer = await fetch(`${api.url}/api/public`);
 */
export async function startMockApi<const Sources extends ApiSources>(
	options: MockApiOptions<Sources>,
): Promise<MockApi<Sources>> {
	const { api, cors = true, control = true, ...where } = options;
	const mounted = mount(api);
	const [first] = mounted;
	if (!first) throw new TypeError("api names no API");
	// the longest path first: one API may live below another's path
	const byLength = mounted.toSorted(
		(a, b) => b.basePath.length - a.basePath.length,
	);

	async function answer(request: Request): Promise<Response> {
		const { pathname } = new URL(request.url);
		const found = byLength.find(({ basePath }) => isBelow(pathname, basePath));
		if (!found) return new Response(null, { status: 404 });
		const { authority, basePath } = found;
		return (
			(control && (await answerControl(authority, request, basePath))) ||
			authority.handler(request, basePath)
		);
	}

	const server = await serveHandler(
		async (request) =>
			cors
				? (answerPreflight(request) ?? addCors(request, await answer(request)))
				: answer(request),
		where,
	);
	const authorities: Record<string, Authority> = Object.fromEntries(
		mounted.map(({ path, authority }) => [path, authority]),
	);
	return {
		...server,
		authority: first.authority as MockApi<Sources>["authority"],
		authorities: authorities as MockApi<Sources>["authorities"],
	};
}
