import type { SessionRecord } from "@keyturn/core";
import {
	type BrowserStore,
	type StoreOptions,
	storeNamed,
} from "./browser-store.ts";
import { withEntry } from "./indexed-db.ts";
import { accept, isExpected } from "./slot.ts";

/** A record whose tokens and user cannot be read without a key: to everybody else a signed-out session. */
export interface SealedRecord extends SessionRecord {
	readonly access: null;
	readonly refresh: null;
	readonly user: null;
	readonly sealed: unknown;
}

/** Encrypts records at rest; `deviceSeal` of `@keyturn/browser/encryption` is one. */
export interface Seal {
	/** @param name of the entry that the record is for */
	seal(record: SessionRecord, name: string): Promise<SealedRecord>;
	/** @throws (as a rejection) when it cannot be opened: another device's, another record's, or changed */
	open(record: SealedRecord, name: string): Promise<SessionRecord>;
}

export interface IndexedDbStoreOptions extends StoreOptions {
	/** Encrypts what is stored. Default: nothing does. */
	readonly seal?: Seal | undefined;
}

/**
 * The session in IndexedDB, for all tabs and workers of the origin: compare-and-set is one transaction there, atomic
 * across all of them.
 * @param key names the session within the origin; no secret
 */
export function indexedDbStore(
	key: string,
	{ seal, onFault }: IndexedDbStoreOptions = {},
): BrowserStore {
	return storeNamed(key, "indexedDB", onFault, (name, report) => ({
		async read() {
			const record = await withEntry("readonly", name, (value) =>
				accept(value, report),
			);
			if (seal && (record as SealedRecord | null)?.sealed)
				try {
					return await seal.open(record as SealedRecord, name);
				} catch {
					// as the tombstone that it is to us: the next sign-in is newer
					report("corrupted");
				}
			return record;
		},
		async swap(expected, next) {
			const entry = seal && next.access ? await seal.seal(next, name) : next;
			return withEntry("readwrite", name, (value, entries) => {
				const isFree = isExpected(value, expected, next, report);
				if (isFree) entries.put(entry, name);
				return isFree;
			});
		},
	}));
}
