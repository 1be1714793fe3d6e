import { useEffect, useState, useSyncExternalStore } from "react";
import type { Observable } from "../session/observable.ts";

export const useCell = <Value>({ get, subscribe }: Observable<Value>): Value =>
	useSyncExternalStore(subscribe, get);

export function useMedia(query: string): boolean {
	return useSyncExternalStore(
		(listener) => {
			const list = matchMedia(query);
			list.addEventListener("change", listener);
			return () => list.removeEventListener("change", listener);
		},
		() => matchMedia(query).matches,
	);
}

/** Renders again every so many ms; 0 stops it. */
export function useTick(everyMs: number): void {
	const [, tick] = useState(0);
	useEffect(() => {
		if (!everyMs) return;
		const timer = setInterval(() => tick((count) => count + 1), everyMs);
		return () => clearInterval(timer);
	}, [everyMs]);
}
