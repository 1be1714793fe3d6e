/**
 * The mock APIs of the explorer: three authorities and a control panel behind one function from `Request` to `Response`.
 * The dev server mounts it as a middleware; the static build answers with it from a service worker.
 */
import {
	type Authority,
	createKazunionAuthority,
	createOAuth2Authority,
	createOzAuthority,
} from "@keyturn/testing";
import { createHandlers } from "@keyturn/testing/msw";
import { getResponse } from "msw";
import type { AuthorityView, Overview } from "./overview.ts";

export interface MockApis {
	/** Rejects where the connection is to break. @param base the URL that `mock/` lies under, with a slash at the end */
	answer(request: Request, base: string): Promise<Response>;
}

type Told = Pick<AuthorityView, "lifetimeMs" | "clockOffsetMs">;

const untouched: Told = { lifetimeMs: null, clockOffsetMs: 0 };

const noStore = { headers: { "cache-control": "no-store" } };

export function createMockApis(): MockApis {
	const authorities: Readonly<Record<string, Authority<never>>> = {
		oz: createOzAuthority(),
		// the documented refusal says nothing; this one has been seen, and says what is wrong
		kazunion: createKazunionAuthority({
			signInRefusal: { type: "message", status: 401 },
		}),
		oauth2: createOAuth2Authority(),
	};
	/** Of each answer, ms: on loopback alone everything would be over before it can be seen. */
	let latencyMs = 60;

	/** By API. The authorities do not say it, and every tab has to show the same. */
	const told: Record<string, Told> = {};

	/** Notes an order to an authority that it will carry out. */
	async function note(name: string, request: Request): Promise<void> {
		const order = /\/__mock\/(\w+)$/.exec(new URL(request.url).pathname)?.[1];
		const before = told[name] ?? untouched;
		if (order === "reset") told[name] = untouched;
		if (order !== "lifetime" && order !== "clock") return;
		const { ms, offsetMs } = await request.json();
		told[name] =
			order === "lifetime"
				? { ...before, lifetimeMs: ms }
				: { ...before, clockOffsetMs: offsetMs };
	}

	const overview = (): Overview => ({
		latencyMs,
		apis: Object.fromEntries(
			Object.entries(authorities).map(([name, authority]) => [
				name,
				{
					nowMs: authority.nowMs(),
					counters: authority.counters,
					sessions: authority.sessions,
					...(told[name] ?? untouched),
				},
			]),
		),
	});

	async function control(request: Request): Promise<Response> {
		if (request.method === "POST") {
			const input: { latencyMs?: unknown } | null = await request
				.json()
				.catch(() => null);
			if (typeof input?.latencyMs !== "number" || !(input.latencyMs >= 0))
				return Response.json({ error: "latencyMs" }, { status: 400 });
			latencyMs = Math.min(input.latencyMs, 10_000);
		}
		return Response.json(overview(), noStore);
	}

	return {
		async answer(request, base) {
			const { pathname } = new URL(request.url);
			const path = pathname.slice(new URL(base).pathname.length);
			if (path === "mock/control") return control(request);
			const name = /^mock\/([^/]+)/.exec(path)?.[1] ?? "";
			const authority = authorities[name];
			if (!authority) return new Response(null, { status: 404 });
			if (latencyMs && !path.includes("/__mock"))
				await new Promise((resolve) => setTimeout(resolve, latencyMs));
			const copy = request.clone();
			const response = await getResponse(
				createHandlers(authority, {
					baseUrl: `${base}mock/${name}`,
					control: true,
				}),
				request,
			);
			// Response.error(): the connection breaks
			if (!response?.status) throw new TypeError("connection lost");
			if (response.ok) await note(name, copy);
			return response;
		},
	};
}
