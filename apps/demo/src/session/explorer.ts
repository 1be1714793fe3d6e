/**
 * What the page shows and what its buttons do: settings in the address, the session that they name, the servers' view.
 * Over 200 lines because the promise and what keeps it are read together.
 */

import { type JournalEntry, type Replay, replayJournal } from "@keyturn/core";
import type { AuthorityView, Overview } from "../mock/overview.ts";
import { mockReady } from "../mock/ready.ts";
import { apiOf } from "./apis.ts";
import { createCell, type Observable } from "./observable.ts";
import {
	type Burst,
	openSession,
	type Session,
	type Settings,
} from "./session.ts";

export type Theme = "auto" | "light" | "dark";

export interface Shown extends Replay {
	readonly name: string;
	readonly entries: readonly JournalEntry[];
	/** Which of `states` is looked at. */
	readonly step: number;
}

/** A burst, and what the server counted meanwhile. */
export interface Outcome extends Burst {
	readonly refreshes: number;
}

export interface Explorer {
	/** This page is the second tab, inside the first one's frame. */
	readonly isBeside: boolean;
	readonly settings: Observable<Settings>;
	readonly session: Observable<Session>;
	readonly overview: Observable<Overview | null>;
	readonly outcome: Observable<Outcome | null>;
	readonly replay: Observable<Shown | null>;
	readonly isOffline: Observable<boolean>;
	readonly isTabOpen: Observable<boolean>;
	readonly theme: Observable<Theme>;
	choose(change: Partial<Settings>): void;
	/** Orders something from the mock API that is chosen, see `/__mock`. */
	order(name: string, body: object, label: string): Promise<void>;
	/** Delay of every answer, ms. */
	setLatency(latencyMs: number): Promise<void>;
	look(): Promise<AuthorityView | undefined>;
	burst(total: number): Promise<Outcome>;
	/** The same burst in every tab. */
	burstEverywhere(total: number): Promise<Outcome>;
	setOffline(isOffline: boolean): void;
	sleep(ms: number, label: string): Promise<void>;
	openTab(isOpen: boolean): void;
	/** In every tab. */
	paint(theme: Theme): void;
	/** @throws SyntaxError when the text is no journal */
	showReplay(name: string, text: string): void;
	step(step: number): void;
	endReplay(): void;
	close(): void;
}

/** Between the tabs of the explorer; the session's own messages go elsewhere. */
interface Message {
	readonly burst?: number;
	readonly theme?: Theme;
	/** Asks for the theme. */
	readonly isNew?: boolean;
}

const controlUrl = () => new URL("mock/control", document.baseURI).href;

export const addressOf = (
	{ api, adapter, keeping }: Settings,
	extra: Readonly<Record<string, string>> = {},
): string => `?${new URLSearchParams({ api, adapter, keeping, ...extra })}`;

const settingsFrom = (query: URLSearchParams): Settings => ({
	api: apiOf(query.get("api")).id,
	adapter: query.get("adapter") === "ky" ? "ky" : "fetch",
	keeping: query.get("keeping") === "tabs" ? "tabs" : "memory",
});

export function createExplorer(): Explorer {
	const query = new URLSearchParams(location.search);
	const isBeside = query.has("beside");
	const settings = createCell(settingsFrom(query));
	const open = () => openSession(settings.get(), () => settings.get().adapter);
	const session = createCell(open());
	const overview = createCell<Overview | null>(null);
	const outcome = createCell<Outcome | null>(null);
	const replay = createCell<Shown | null>(null);
	const isOffline = createCell(false);
	const isTabOpen = createCell(false);
	const theme = createCell<Theme>("auto");
	const paint = (next: Theme): void => {
		theme.set(next);
		document.documentElement.dataset.theme = next;
	};
	const tabs = new BroadcastChannel("keyturn-explorer");

	async function post(url: string, body: object): Promise<void> {
		await mockReady;
		const response = await fetch(url, {
			method: "POST",
			headers: { "content-type": "application/json" },
			body: JSON.stringify(body),
		});
		if (!response.ok) throw new Error(`the mock said ${response.status}`);
	}

	const explorer: Explorer = {
		isBeside,
		settings,
		session,
		overview,
		outcome,
		replay,
		isOffline,
		isTabOpen,
		theme,
		choose(change) {
			const before = settings.get();
			const next = { ...before, ...change };
			settings.set(next);
			history.replaceState(
				null,
				"",
				addressOf(next, isBeside ? { beside: "" } : {}),
			);
			if (next.api === before.api && next.keeping === before.keeping) return;
			const old = session.get();
			outcome.set(null);
			replay.set(null);
			isOffline.set(false);
			session.set(open());
			old.close();
		},
		async order(name, body, label) {
			const { api, trace } = session.get();
			await post(`${api.baseUrl}/__mock/${name}`, body);
			trace.did(label);
			await explorer.look();
		},
		async setLatency(latencyMs) {
			await post(controlUrl(), { latencyMs });
			await explorer.look();
		},
		async look() {
			await mockReady;
			try {
				const response = await fetch(controlUrl(), { cache: "no-store" });
				overview.set(await response.json());
			} catch {
				// the dev server is gone; the page says so by itself
			}
			return overview.get()?.apis[session.get().api.id];
		},
		async burst(total) {
			const live = session.get();
			const refreshes = async (): Promise<number> => {
				await explorer.look();
				return overview.get()?.apis[live.api.id]?.counters.refreshes ?? 0;
			};
			outcome.set(null);
			const before = await refreshes();
			const burst = await live.burst(total);
			const result = { ...burst, refreshes: (await refreshes()) - before };
			// another API or session may have been chosen meanwhile: this is not its outcome
			if (session.get() === live) outcome.set(result);
			return result;
		},
		burstEverywhere(total) {
			tabs.postMessage({ burst: total });
			return explorer.burst(total);
		},
		setOffline(next) {
			if (next === isOffline.get()) return;
			isOffline.set(next);
			const { device, trace } = session.get();
			trace.did(next ? "Offline" : "Online again");
			device.setOffline(next);
		},
		async sleep(ms, label) {
			const { device, trace } = session.get();
			trace.did(label);
			device.sleep(ms);
		},
		openTab: isTabOpen.set,
		paint(next) {
			paint(next);
			tabs.postMessage({ theme: next });
		},
		showReplay(name, text) {
			const found = replayJournal(text);
			const { entries }: { entries: JournalEntry[] } = JSON.parse(text);
			replay.set({ ...found, name, entries, step: 0 });
		},
		step(step) {
			const shown = replay.get();
			if (shown)
				replay.set({
					...shown,
					step: Math.min(Math.max(step, 0), shown.states.length - 1),
				});
		},
		endReplay: () => replay.set(null),
		close() {
			tabs.close();
			clearInterval(timer);
			session.get().close();
		},
	};

	tabs.onmessage = ({ data }: MessageEvent<Message>) => {
		if (data.burst) void explorer.burst(data.burst);
		if (data.theme) paint(data.theme);
		if (data.isNew) tabs.postMessage({ theme: theme.get() });
	};
	tabs.postMessage({ isNew: true });
	const timer = setInterval(() => {
		if (!document.hidden) void explorer.look();
	}, 3_000);
	void explorer.look();
	return explorer;
}
