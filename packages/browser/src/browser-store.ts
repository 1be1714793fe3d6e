import { defineStore, type SessionStore, type Store } from "@keyturn/core";
import { createHints } from "./hints.ts";
import type { FaultListener, StorageFault } from "./storage-fault.ts";

export interface StoreOptions {
	/** Called once for each kind of fault, with nothing of what was stored. The session itself goes on in memory. */
	readonly onFault?: FaultListener | undefined;
}

export interface StoreDiagnostics {
	readonly storage: "localStorage" | "sessionStorage" | "indexedDB";
	/** The kinds of fault met so far. */
	readonly faults: readonly StorageFault[];
}

export interface BrowserStore extends SessionStore {
	diagnostics(): StoreDiagnostics;
}

/** What the browser stores have in common: the name of the entry, hints after a write, reports. */
export function storeNamed(
	key: string,
	storage: StoreDiagnostics["storage"],
	onFault: FaultListener | undefined,
	create: (
		entryName: string,
		report: FaultListener,
	) => Pick<Store, "read"> & {
		swap(...args: Parameters<Store["swap"]>): Promise<boolean>;
	},
): BrowserStore {
	const faults = new Set<StorageFault>();
	const report = (fault: StorageFault): void => {
		if (faults.has(fault)) return;
		faults.add(fault);
		onFault?.(fault);
	};
	/** Throws it on: the session then goes on in memory (B70, B71). */
	const rethrow = (error: unknown): never => {
		const { name, detail } = Object(error);
		report(detail ?? (name === "QuotaExceededError" ? "full" : "blocked"));
		throw error;
	};
	const hints = createHints(`keyturn:${key}`);
	const { read, swap } = create(`keyturn:${key}:session`, report);
	return Object.assign(
		defineStore({
			read() {
				try {
					const found = read();
					return found instanceof Promise ? found.catch(rethrow) : found;
				} catch (error) {
					return rethrow(error);
				}
			},
			async swap(expected, next) {
				const hasWritten = await swap(expected, next).catch(rethrow);
				if (hasWritten) hints.tell();
				return hasWritten;
			},
			subscribe: hints.listen,
		}),
		{
			diagnostics: () => ({ storage, faults: [...faults] }),
		},
	);
}
