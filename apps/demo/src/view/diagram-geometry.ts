/** Where things stand in the state diagram. What stands there comes from the core's table. */
import type { Status } from "@keyturn/core";

export interface Point {
	readonly x: number;
	readonly y: number;
}

export interface Geometry {
	readonly width: number;
	readonly height: number;
	readonly node: { readonly width: number; readonly height: number };
	readonly places: Readonly<Record<Status, Point>>;
	/** Where the names of an arrow's events stand; an arrow without a place shows them at its middle. */
	readonly labels: Readonly<
		Record<string, Point & { readonly anchor: "start" | "middle" | "end" }>
	>;
	readonly hasLabels: boolean;
}

export const wide: Geometry = {
	width: 1040,
	height: 388,
	node: { width: 176, height: 52 },
	places: {
		unauthenticated: { x: 104, y: 194 },
		authenticated: { x: 520, y: 34 },
		refreshing: { x: 936, y: 194 },
		expired: { x: 520, y: 354 },
	},
	labels: {
		"unauthenticated authenticated": { x: 262, y: 74, anchor: "end" },
		"authenticated unauthenticated": { x: 372, y: 116, anchor: "start" },
		"authenticated refreshing": { x: 776, y: 62, anchor: "start" },
		"refreshing authenticated": { x: 668, y: 116, anchor: "end" },
		"refreshing unauthenticated": { x: 216, y: 205, anchor: "start" },
		"refreshing expired": { x: 776, y: 324, anchor: "start" },
		"expired refreshing": { x: 690, y: 282, anchor: "end" },
		"expired unauthenticated": { x: 262, y: 298, anchor: "end" },
		"authenticated expired": { x: 534, y: 236, anchor: "start" },
		"expired authenticated": { x: 506, y: 236, anchor: "end" },
	},
	hasLabels: true,
};

export const narrow: Geometry = {
	width: 360,
	height: 250,
	node: { width: 124, height: 44 },
	places: {
		unauthenticated: { x: 64, y: 125 },
		authenticated: { x: 180, y: 30 },
		refreshing: { x: 296, y: 125 },
		expired: { x: 180, y: 220 },
	},
	labels: {},
	hasLabels: false,
};

/** Where a line from `from` towards `to` leaves the box around `from`. */
function border(from: Point, to: Point, width: number, height: number): Point {
	const dx = to.x - from.x;
	const dy = to.y - from.y;
	const scale = Math.min(
		dx ? width / 2 / Math.abs(dx) : Infinity,
		dy ? height / 2 / Math.abs(dy) : Infinity,
	);
	return { x: from.x + dx * scale, y: from.y + dy * scale };
}

/** Two arrows between the same boxes run side by side. */
const asideBy = 8;

export function arrow(
	{ places, node }: Geometry,
	from: Status,
	to: Status,
): { readonly start: Point; readonly end: Point; readonly middle: Point } {
	const a = places[from];
	const b = places[to];
	const length = Math.hypot(b.x - a.x, b.y - a.y);
	const shift = {
		x: (-(b.y - a.y) / length) * asideBy,
		y: ((b.x - a.x) / length) * asideBy,
	};
	const move = ({ x, y }: Point): Point => ({ x: x + shift.x, y: y + shift.y });
	const start = move(border(a, b, node.width + 4, node.height + 4));
	const end = move(border(b, a, node.width + 12, node.height + 12));
	return {
		start,
		end,
		middle: { x: (start.x + end.x) / 2, y: (start.y + end.y) / 2 },
	};
}
