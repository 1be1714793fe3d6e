/** Time on the page. Stretches in which nothing happens are folded, so that a minute of waiting does not hide a burst. */
import type { TraceView } from "../session/trace.ts";

export interface Stretch {
	readonly startMs: number;
	readonly endMs: number;
	readonly startX: number;
	readonly endX: number;
	/** Nothing happened: drawn in a fixed width, whatever its length. */
	readonly isFolded: boolean;
}

export interface Scale {
	readonly stretches: readonly Stretch[];
	readonly width: number;
	/** Of the unfolded time together, ms. */
	readonly activeMs: number;
	x(ms: number): number;
}

const foldedWidth = 44;
/** Quiet for longer than this is folded, ms. */
const quietMs = 1_200;
/** Shown around what happens, ms. */
const marginMs = 90;

function activity({ calls, states, deeds }: TraceView, nowMs: number) {
	const spans = [
		...calls.map(({ atMs, endMs }) => [atMs, endMs ?? nowMs] as const),
		...[...states, ...deeds].map(({ atMs }) => [atMs, atMs] as const),
	].sort(([a], [b]) => a - b);
	const merged: [number, number][] = [];
	for (const [startMs, endMs] of spans) {
		const last = merged.at(-1);
		if (last && startMs - last[1] < quietMs) last[1] = Math.max(last[1], endMs);
		else merged.push([startMs, endMs]);
	}
	return merged.map(
		([startMs, endMs]) => [startMs - marginMs, endMs + marginMs] as const,
	);
}

/** @param pxPerMs of unfolded time; or `{ fit }`: as much as fits this many pixels */
export function createScale(
	view: TraceView,
	nowMs: number,
	zoom: number | { readonly fit: number },
): Scale {
	const active = activity(view, nowMs);
	const activeMs = active.reduce((sum, [start, end]) => sum + end - start, 0);
	const folds = Math.max(active.length - 1, 0);
	const pxPerMs =
		typeof zoom === "number"
			? zoom
			: Math.min(
					Math.max((zoom.fit - folds * foldedWidth) / (activeMs || 1), 0.06),
					1.5,
				);
	const stretches: Stretch[] = [];
	let x = 0;
	let lastMs: number | undefined;
	const add = (startMs: number, endMs: number, isFolded: boolean): void => {
		const startX = x;
		x += isFolded ? foldedWidth : (endMs - startMs) * pxPerMs;
		stretches.push({ startMs, endMs, startX, endX: x, isFolded });
	};
	for (const [startMs, endMs] of active) {
		if (lastMs !== undefined) add(lastMs, startMs, true);
		add(startMs, endMs, false);
		lastMs = endMs;
	}
	return {
		stretches,
		width: x,
		activeMs,
		x(ms) {
			const found =
				stretches.find(({ endMs }) => ms <= endMs) ?? stretches.at(-1);
			if (!found) return 0;
			const { startMs, endMs, startX, endX } = found;
			return (
				startX + ((ms - startMs) / (endMs - startMs || 1)) * (endX - startX)
			);
		},
	};
}

/** Rows for things that overlap: each takes the first row that is free. */
export function pack<
	Item extends { readonly atMs: number; readonly endMs: number | null },
>(
	items: readonly Item[],
): { readonly rows: number; readonly rowOf: ReadonlyMap<Item, number> } {
	const ends: number[] = [];
	const rowOf = new Map<Item, number>();
	for (const item of items) {
		let row = ends.findIndex((endMs) => endMs <= item.atMs);
		if (row < 0) row = ends.length;
		ends[row] = item.endMs ?? Infinity;
		rowOf.set(item, row);
	}
	return { rows: ends.length, rowOf };
}
