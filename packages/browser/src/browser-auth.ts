import type { Signals } from "@keyturn/core";
import { browserSignals } from "./browser-signals.ts";
import type {
	BrowserStore,
	StoreDiagnostics,
	StoreOptions,
} from "./browser-store.ts";
import { indexedDbStore, type Seal } from "./indexed-db-store.ts";
import {
	type CoordinatorDiagnostics,
	type TabCoordinator,
	tabCoordinator,
} from "./tab-coordinator.ts";
import { webStorageStore } from "./web-storage-store.ts";

export interface BrowserAuthOptions extends StoreOptions {
	/**
	 * Default: IndexedDB, shared by all tabs. `local`: the same in localStorage, read at once at a start, but without a true
	 * compare-and-set. `session`: sessionStorage, for this tab alone and until it is closed.
	 */
	readonly storage?: "local" | "session" | undefined;
	/** Encrypts what IndexedDB keeps. Default: nothing does. */
	readonly seal?: Seal | undefined;
}

export interface BrowserDiagnostics
	extends StoreDiagnostics,
		CoordinatorDiagnostics {}

export interface BrowserAuth {
	readonly store: BrowserStore;
	readonly coordinator: TabCoordinator;
	readonly signals: Signals;
	/** What this browser gave us to work with. */
	readonly diagnostics: () => BrowserDiagnostics;
}

/**
 * A session that survives reloads and is one in all tabs: `createAuth({ protocol, platform, ...browserAuth('my-app') })`.
 *
 * Keeping tokens outside memory is a choice: whatever script runs in this origin can read them there.
 * @param key names the session within the origin, in storage and lock names: one for each kind of login, no secret
 */
export function browserAuth(
	key: string,
	options: BrowserAuthOptions = {},
): BrowserAuth {
	const create = options.storage ? webStorageStore : indexedDbStore;
	const store = create(key, options);
	const coordinator = tabCoordinator(key);
	return {
		store,
		coordinator,
		signals: browserSignals(),
		diagnostics: () => ({
			...store.diagnostics(),
			...coordinator.diagnostics(),
		}),
	};
}
