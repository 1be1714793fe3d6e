import { defineStore, isSame, type SessionStore } from "./define-store.ts";
import type { SessionRecord } from "./ports.ts";

/** A store in this process: for several sessions that share one, and for tests. What it gives and takes is copied. */
export function createMemoryStore(): SessionStore {
	let text = "null";
	const listeners = new Set<() => void>();
	const read = (): SessionRecord | null => JSON.parse(text);
	return defineStore({
		read,
		swap(expected, next) {
			if (!isSame(read(), expected)) return false;
			text = JSON.stringify(next);
			for (const listener of [...listeners]) listener();
			return true;
		},
		subscribe(listener) {
			listeners.add(listener);
			return () => {
				listeners.delete(listener);
			};
		},
	});
}
