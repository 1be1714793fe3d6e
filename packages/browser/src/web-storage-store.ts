import {
	type BrowserStore,
	type StoreOptions,
	storeNamed,
} from "./browser-store.ts";
import { accept, isExpected } from "./slot.ts";

export interface WebStorageStoreOptions extends StoreOptions {
	/** `local` (default): all tabs of the origin, until signed out. `session`: this tab alone, until it is closed. */
	readonly storage?: "local" | "session" | undefined;
}

/**
 * How long a write takes, ms: as long as the lock is to be kept after it. Other tabs have copies of localStorage that
 * follow by messages, and a Web Lock that is released at once overtakes them: its next holder would read, and spend,
 * the old pair. Measured in Chromium with four and twelve tabs: 20 to 28 % of bare handovers are lost, none from 16 ms
 * on, also with busy pages.
 */
const settleMs = 100;

/** Every text of ours starts like this, so that a damaged one can be told from one that somebody else put there. */
const marker = '{"schema":';

/** What is no JSON stays as it is: no record either way (B72). */
const parse = (text: string | null): unknown => {
	try {
		return JSON.parse(text as string);
	} catch {
		return text;
	}
};

/**
 * The session in localStorage or sessionStorage: read at once, so that nothing flickers at a start.
 *
 * There is no compare-and-set to build on. Here it is look, compare and write in one task, which excludes the sessions
 * of the same process; another process can write within the same few milliseconds, and the later one stays. The lock
 * around a refresh keeps two tabs from that, and the stamps undo the rest: who finds an older record than his own writes
 * again.
 * @param key names the session within the origin; no secret
 */
export function webStorageStore(
	key: string,
	{ storage: area = "local", onFault }: WebStorageStoreOptions = {},
): BrowserStore {
	const place = `${area}Storage` as const;
	/** Other runtimes have something of that name, too: shared by all whom a server serves (B116). */
	const storage = (): Storage => globalThis.document && globalThis[place];
	return storeNamed(key, place, onFault, (name, report) => ({
		read: () => accept(parse(storage().getItem(name)), report),
		async swap(expected, next) {
			const text = storage().getItem(name);
			if (!isExpected(parse(text), expected, next, report)) return false;
			// never delete what is not ours
			if (text && !text.startsWith(marker))
				storage().setItem(`${name}:aside`, text);
			storage().setItem(name, JSON.stringify(next));
			await new Promise((resolve) => setTimeout(resolve, settleMs));
			return true;
		},
	}));
}
