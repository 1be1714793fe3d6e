/** What stands between a simulated process and the world: nothing comes in while it is frozen, or ever after it died. */
export interface Gate {
	readonly phase: "running" | "frozen" | "dead";
	/** Runs `callback` now, on thawing, or never. */
	enter(callback: () => void): void;
	/** The same promise as seen from inside. */
	pass<T>(promise: Promise<T>): Promise<T>;
	freeze(): void;
	thaw(): void;
	kill(): void;
	/** @returns takes it back */
	onDeath(callback: () => void): () => void;
}

export function createGate(): Gate {
	let phase: Gate["phase"] = "running";
	let waiting: (() => void)[] = [];
	const lastWords = new Set<() => void>();
	const enter = (callback: () => void): void => {
		if (phase === "running") callback();
		else if (phase === "frozen") waiting.push(callback);
	};
	return {
		get phase() {
			return phase;
		},
		enter,
		pass: (promise) =>
			new Promise((resolve, reject) => {
				promise.then(
					(value) => enter(() => resolve(value)),
					(error) => enter(() => reject(error)),
				);
			}),
		freeze() {
			if (phase === "running") phase = "frozen";
		},
		thaw() {
			if (phase !== "frozen") return;
			phase = "running";
			// in the order of arrival, as a thawed page works off its tasks
			const callbacks = waiting;
			waiting = [];
			for (const callback of callbacks) enter(callback);
		},
		kill() {
			phase = "dead";
			waiting = [];
			for (const callback of [...lastWords]) callback();
		},
		onDeath(callback) {
			lastWords.add(callback);
			return () => {
				lastWords.delete(callback);
			};
		},
	};
}
