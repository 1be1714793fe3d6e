import type { SessionRecord, Store } from "./ports.ts";

/** A store in this process: for several sessions that share one, and for tests. What it gives and takes is copied. */
export function createMemoryStore(): Store {
	let text: string | null = null;
	const listeners = new Set<() => void>();
	const read = (): SessionRecord | null =>
		text === null ? null : JSON.parse(text);
	return {
		read,
		swap(expected, next) {
			const { epoch, generation } = read() ?? {};
			if (epoch !== expected?.epoch || generation !== expected?.generation)
				return false;
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
	};
}
