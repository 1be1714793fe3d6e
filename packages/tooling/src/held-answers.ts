/** Slow answers of a mock API that come when a test says so, and not by the clock. */
export interface HeldAnswers {
	/** For the authority. What is slow for so many ms waits for them; what is {@link held}, for {@link HeldAnswers.release}. */
	delay(delayMs: number, signal?: AbortSignal): Promise<void>;
	/** Lets those go that are held now. Later ones are held anew. */
	release(): void;
}

/** A fault of the API: the server acts, and answers, when it is released. */
export const held = { type: "slow", delayMs: Infinity } as const;

export function heldAnswers(): HeldAnswers {
	const going = new EventTarget();
	return {
		delay: (delayMs, signal) =>
			new Promise((resolve, reject) => {
				if (delayMs < Infinity) setTimeout(resolve, delayMs);
				else going.addEventListener("go", () => resolve(), { once: true });
				signal?.addEventListener("abort", () => reject(signal.reason));
			}),
		release: () => void going.dispatchEvent(new Event("go")),
	};
}
