import type { Signal, Signals } from "@keyturn/core";

/**
 * When time may have passed unnoticed, or the network may be back: the page becomes visible, is thawed, comes out of
 * the back/forward cache, goes online. Each is a reason to look at the clock and at the store, never to refresh at once:
 * ten in a row cost nothing (B7, B36, B37).
 *
 * Needs no page: in a worker there is `online` alone, on a server nothing.
 */
export function browserSignals(): Signals {
	return {
		subscribe(listener) {
			const { document } = globalThis;
			const gone = new AbortController();
			const on = (
				target: EventTarget | undefined,
				type: string,
				signal: Signal,
			): void =>
				target?.addEventListener?.(
					type,
					() => {
						if (signal !== "visible" || !document.hidden) listener(signal);
					},
					gone,
				);
			on(globalThis, "online", "online");
			on(globalThis, "pageshow", "resumed");
			on(document, "visibilitychange", "visible");
			// Page Lifecycle: thawed
			on(document, "resume", "resumed");
			return () => gone.abort();
		},
	};
}
