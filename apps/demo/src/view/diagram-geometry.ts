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
	/** Of the names of the states, px. */
	readonly fontSize: number;
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
		"authenticated unauthenticated": { x: 376, y: 114, anchor: "start" },
		"authenticated refreshing": { x: 776, y: 62, anchor: "start" },
		"refreshing authenticated": { x: 668, y: 124, anchor: "end" },
		"refreshing unauthenticated": { x: 266, y: 222, anchor: "start" },
		"expired refreshing": { x: 776, y: 316, anchor: "start" },
		"refreshing expired": { x: 646, y: 282, anchor: "end" },
		"expired unauthenticated": { x: 262, y: 298, anchor: "end" },
		"authenticated expired": { x: 536, y: 240, anchor: "start" },
		"expired authenticated": { x: 504, y: 240, anchor: "end" },
	},
	fontSize: 17,
	hasLabels: true,
};

export const narrow: Geometry = {
	width: 400,
	height: 286,
	node: { width: 132, height: 42 },
	places: {
		unauthenticated: { x: 70, y: 143 },
		authenticated: { x: 200, y: 25 },
		refreshing: { x: 330, y: 143 },
		expired: { x: 200, y: 261 },
	},
	labels: {},
	fontSize: 15,
	hasLabels: false,
};

/** How far along a line, 0 to 1, it leaves the box around `center`. */
function exit(
	start: Point,
	end: Point,
	center: Point,
	width: number,
	height: number,
): number {
	const along = (
		from: number,
		to: number,
		middle: number,
		half: number,
	): number =>
		to === from
			? Infinity
			: (middle + (to > from ? half : -half) - from) / (to - from);
	return Math.min(
		along(start.x, end.x, center.x, width / 2),
		along(start.y, end.y, center.y, height / 2),
	);
}

/** Two arrows between the same boxes run side by side. */
const asideBy = 7;
/** Between an arrow's head and the box, so that the head is not under its border. */
const gap = 4;

export function arrow(
	{ places, node }: Geometry,
	from: Status,
	to: Status,
): { readonly start: Point; readonly end: Point; readonly middle: Point } {
	const a = places[from];
	const b = places[to];
	const length = Math.hypot(b.x - a.x, b.y - a.y);
	const move = ({ x, y }: Point): Point => ({
		x: x + ((b.y - a.y) / length) * asideBy,
		y: y - ((b.x - a.x) / length) * asideBy,
	});
	const start = move(a);
	const end = move(b);
	const at = (share: number): Point => ({
		x: start.x + (end.x - start.x) * share,
		y: start.y + (end.y - start.y) * share,
	});
	const first = exit(start, end, a, node.width, node.height);
	const last =
		1 - exit(end, start, b, node.width + gap * 2, node.height + gap * 2);
	return { start: at(first), end: at(last), middle: at((first + last) / 2) };
}
