import { AuthError } from "@keyturn/core";

/** Longer than any healthy transaction takes, ms: a hung database must not hang the session. */
const timeoutMs = 5_000;

const entriesName = "entries";

/**
 * Looks at one entry, and acts on what is there, in one transaction: nothing can come between the look and the act,
 * from no tab and no worker. Settles when that is committed.
 *
 * Opens the database anew each time: a session needs it a few times an hour, and a connection that is kept would have to
 * survive deletion by hand, a newer layout, the back/forward cache and browsers that lose it.
 * @param act must not wait for anything: the transaction would end. Its write is the last thing that it does.
 * @throws (as a rejection) what `act` throws, a DOMException, or AuthError `unavailable` when the database hangs: then
 * another tab may be at work in it, and that code keeps a refresh from being sent. It may still be written afterwards;
 * what is written was compared then.
 */
export function withEntry<T>(
	mode: IDBTransactionMode,
	key: string,
	act: (value: unknown, entries: IDBObjectStore) => T,
): Promise<T> {
	let timer: ReturnType<typeof setTimeout> | undefined;
	return new Promise<T>((resolve, reject) => {
		const opening = indexedDB.open("keyturn", 1);
		timer = setTimeout(() => reject(new AuthError("unavailable")), timeoutMs);
		opening.onupgradeneeded = () => {
			opening.result.createObjectStore(entriesName);
		};
		opening.onerror = () => reject(opening.error);
		opening.onsuccess = () => {
			const database = opening.result;
			try {
				const transaction = database.transaction(entriesName, mode, {
					durability: "strict",
				});
				const entries = transaction.objectStore(entriesName);
				const look = entries.get(key);
				transaction.onabort = () => reject(transaction.error);
				look.onsuccess = () => {
					try {
						const result = act(look.result, entries);
						transaction.oncomplete = () => resolve(result);
					} catch (error) {
						reject(error);
					}
				};
			} catch (error) {
				reject(error);
			}
			// takes effect when the transaction is over
			database.close();
		};
	}).finally(() => clearTimeout(timer));
}
