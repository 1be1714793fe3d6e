import type { AbortSignalLike } from "./ports.ts";

/** The little of `AbortController` that a coordinator needs; core has no platform to take the real one from. */
export function createCancel(): { signal: AbortSignalLike; abort(): void } {
	const listeners = new Set<() => void>();
	const signal = {
		aborted: false,
		addEventListener: (_: "abort", listener: () => void) => {
			listeners.add(listener);
		},
		removeEventListener: (_: "abort", listener: () => void) => {
			listeners.delete(listener);
		},
	};
	return {
		signal,
		abort() {
			signal.aborted = true;
			for (const listener of listeners) listener();
			listeners.clear();
		},
	};
}
