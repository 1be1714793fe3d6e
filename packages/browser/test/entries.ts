/** Straight access to the database of the stores, as another script of the page would have it. */
function withEntries<T>(
	act: (entries: IDBObjectStore) => IDBRequest<T>,
): Promise<T> {
	return new Promise((resolve, reject) => {
		const opening = indexedDB.open("keyturn", 1);
		opening.onupgradeneeded = () => {
			opening.result.createObjectStore("entries");
		};
		opening.onerror = () => reject(opening.error);
		opening.onsuccess = () => {
			const database = opening.result;
			const transaction = database.transaction("entries", "readwrite");
			const request = act(transaction.objectStore("entries"));
			transaction.oncomplete = () => resolve(request.result);
			transaction.onabort = () => reject(transaction.error);
			database.close();
		};
	});
}

export const getEntry = (key: string): Promise<unknown> =>
	withEntries((entries) => entries.get(key));

export const putEntry = (key: string, value: unknown): Promise<unknown> =>
	withEntries((entries) => entries.put(value, key));

export const entryNames = (): Promise<IDBValidKey[]> =>
	withEntries((entries) => entries.getAllKeys());
