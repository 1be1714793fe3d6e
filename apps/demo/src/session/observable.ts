export interface Observable<Value> {
	readonly get: () => Value;
	readonly subscribe: (listener: () => void) => () => void;
}

export interface Cell<Value> extends Observable<Value> {
	readonly set: (value: Value) => void;
}

/** One value that can be watched; fits `useSyncExternalStore`. */
export function createCell<Value>(initial: Value): Cell<Value> {
	let value = initial;
	const listeners = new Set<() => void>();
	return {
		get: () => value,
		set(next) {
			if (Object.is(next, value)) return;
			value = next;
			for (const listener of [...listeners]) listener();
		},
		subscribe(listener) {
			listeners.add(listener);
			return () => void listeners.delete(listener);
		},
	};
}
