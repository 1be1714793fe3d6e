/** What the checks of stores are made of: records, and what must hold. */
import type { SessionRecord, Stamp, Store } from "@keyturn/core";

/** A fresh, empty place for each check. */
export interface StoreUnderTest {
	readonly store: Store;
	/**
	 * Another tab's or process's view of the same place: a second store made as the first. The same store again only where
	 * nobody else can have one.
	 */
	readonly peer: Store;
	/** Called when the check is over. */
	dispose?(): void | Promise<void>;
}

export const record = (
	epoch: number,
	generation: number,
	more: Partial<SessionRecord> = {},
): SessionRecord => ({
	schema: 1,
	protocol: "conformance",
	epoch,
	generation,
	access: `kt-canary-access-${epoch}-${generation}`,
	refresh: `kt-canary-refresh-${epoch}-${generation}`,
	receivedAtMs: 1_800_000_000_000,
	signedInAtMs: 1_800_000_000_000,
	lifetimeMs: 900_000,
	isPasswordExpired: false,
	user: { id: 7, name: "Åsa \u2028 🔑", roles: ["a", { b: null }] },
	...more,
});

export const tombstone = (epoch: number): SessionRecord =>
	record(epoch, 0, {
		access: null,
		refresh: null,
		lifetimeMs: null,
		user: null,
	});

export function must(isSo: boolean, message: string): asserts isSo {
	if (!isSo) throw new Error(message);
}

/** Equal as JSON with sorted keys; what a store adds on reading does not count. */
function canonical(value: unknown): string {
	return JSON.stringify(value, (key, item) =>
		key === "ageMs" || key === "isInDoubt"
			? undefined
			: typeof item === "object" && item !== null && !Array.isArray(item)
				? Object.fromEntries(
						Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)),
					)
				: item,
	);
}

export async function mustHold(
	store: Store,
	expected: SessionRecord | null,
	when: string,
): Promise<void> {
	must(
		canonical(await store.read()) === canonical(expected),
		`${when}: what is read is not what was written`,
	);
}

export const stampOf = ({ epoch, generation }: Stamp): Stamp => ({
	epoch,
	generation,
});

/**
 * Writes, and waits until the peer was told and reads it. Hints may come too often, and before the write is over: the
 * last one counts.
 */
export async function heard(
	{ store, peer }: StoreUnderTest,
	hintWaitMs: number,
	expected: Stamp | null = null,
	next: SessionRecord = record(1, 1),
): Promise<void> {
	if (!peer.subscribe) return;
	let hints = 0;
	let isLate = false;
	let wake = () => {};
	const stop = peer.subscribe(() => {
		hints++;
		wake();
	});
	const timer = setTimeout(() => {
		isLate = true;
		wake();
	}, hintWaitMs);
	try {
		hints = 0;
		must((await store.swap(expected, next)) === true, "the swap did not write");
		for (let seen = 0; ; ) {
			if (seen < hints) {
				seen = hints;
				if (canonical(await peer.read()) === canonical(next)) return;
			} else {
				must(!isLate, "the peer does not hear of a write");
				await new Promise<void>((resolve) => {
					wake = resolve;
				});
			}
		}
	} finally {
		clearTimeout(timer);
		stop();
	}
}
