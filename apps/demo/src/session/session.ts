/** One session of the explorer: an `Auth`, the device under it, the adapters over it, and the trace of it all. */

import { browserAuth, browserSignals } from "@keyturn/browser";
import { type Auth, type EventType, isAuthError } from "@keyturn/core";
import { createAuthFetch } from "@keyturn/fetch";
import { withAuth } from "@keyturn/ky";
import ky, { type KyInstance } from "ky";
import { type Api, type ApiId, apiOf } from "./apis.ts";
import {
	type Adapter,
	callParameter,
	createDevice,
	type Device,
} from "./device.ts";
import { createCell, type Observable } from "./observable.ts";
import { type Call, createTrace, type Trace } from "./trace.ts";

/** `tabs`: in IndexedDB, one session for all tabs. */
export type Keeping = "memory" | "tabs";

export interface Settings {
	readonly api: ApiId;
	readonly adapter: Adapter;
	readonly keeping: Keeping;
}

export interface Progress {
	readonly done: number;
	readonly total: number;
}

/** How a burst ended. */
export interface Burst {
	readonly total: number;
	/** How often each outcome came. */
	readonly outcomes: Readonly<Record<string, number>>;
	readonly longestWaitMs: number;
}

export interface Session {
	readonly api: Api;
	readonly keeping: Keeping;
	readonly auth: Auth;
	readonly trace: Trace;
	readonly device: Device;
	readonly progress: Observable<Progress | null>;
	/** Sends so many requests at once through the adapter that is chosen. */
	burst(total: number): Promise<Burst>;
	close(): void;
}

const outcomeOf = (error: unknown): string =>
	isAuthError(error) ? error.code : "network error";

/** How much of a call's time was not on the wire, ms. */
export const waitOf = ({ atMs, endMs, sends }: Call): number =>
	sends.reduce(
		(rest, send) => rest - ((send.endMs ?? send.atMs) - send.atMs),
		(endMs ?? atMs) - atMs,
	);

export function openSession(
	{ api: id, keeping }: Settings,
	adapter: () => Adapter,
): Session {
	const api = apiOf(id);
	const trace = createTrace();
	const device = createDevice(trace, adapter, api.kindOf);
	const shared = keeping === "tabs" ? browserAuth(`explorer-${id}`) : null;
	const signals = shared?.signals ?? browserSignals();
	const auth = api.open({
		platform: device.platform,
		store: shared?.store,
		coordinator: shared?.coordinator,
		signals: {
			subscribe(listener) {
				const stops = [signals, device.signals].map((one) =>
					one.subscribe(listener),
				);
				return () => {
					for (const stop of stops) stop();
				};
			},
		},
	});
	trace.changed(auth.state, null);
	const unsubscribe = auth.subscribe(() =>
		trace.changed(
			auth.state,
			(auth.journal.at(-1)?.event.type ?? null) as EventType | null,
		),
	);

	const authFetch = createAuthFetch(auth, { fetch: device.fetch });
	const authKy: KyInstance = ky
		.create({ fetch: device.fetch, throwHttpErrors: false })
		.extend(withAuth(auth));
	const progress = createCell<Progress | null>(null);

	async function one(): Promise<{ id: number; outcome: string }> {
		const id = trace.asked("api");
		let outcome: string;
		try {
			const url = `${api.baseUrl}/api/echo?${callParameter}=${id}`;
			const response = await (adapter() === "ky"
				? authKy.get(url)
				: authFetch(url));
			await response.text();
			outcome = String(response.status);
		} catch (error) {
			outcome = outcomeOf(error);
		}
		trace.settled(id, outcome);
		return { id, outcome };
	}

	return {
		api,
		keeping,
		auth,
		trace,
		device,
		progress,
		async burst(total) {
			let done = 0;
			progress.set({ done, total });
			const results = await Promise.all(
				Array.from({ length: total }, async () => {
					const result = await one();
					progress.set({ done: ++done, total });
					return result;
				}),
			);
			progress.set(null);
			const outcomes: Record<string, number> = {};
			for (const { outcome } of results)
				outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
			const ids = new Set(results.map(({ id }) => id));
			// the view follows within a frame
			await new Promise((resolve) => setTimeout(resolve, 32));
			const waits = trace
				.get()
				.calls.filter((call) => ids.has(call.id))
				.map(waitOf);
			return { total, outcomes, longestWaitMs: Math.max(0, ...waits) };
		},
		close() {
			unsubscribe();
			auth.close();
		},
	};
}
