/**
 * Draws the Mermaid state diagrams of the pages as SVG when the site is built: nothing is fetched, no script runs, and
 * the colours are the theme's. It reads what `packages/core/test/drawing.ts` writes, and places the four statuses itself.
 */
interface Point {
	readonly x: number;
	readonly y: number;
}

const size = { width: 720, height: 540 };
const node = { width: 148, height: 44 };

/** Where things stand. Which there are is said by the diagram. */
const places: Readonly<Record<string, Point>> = {
	unauthenticated: { x: 78, y: 270 },
	authenticated: { x: 360, y: 26 },
	refreshing: { x: 642, y: 270 },
	expired: { x: 360, y: 514 },
};

/** Where the events of an arrow are named. */
const labels: Readonly<
	Record<string, Point & { readonly anchor: "start" | "end" }>
> = {
	"unauthenticated authenticated": { x: 180, y: 134, anchor: "end" },
	"authenticated unauthenticated": { x: 224, y: 202, anchor: "start" },
	"authenticated refreshing": { x: 540, y: 134, anchor: "start" },
	"refreshing authenticated": { x: 494, y: 172, anchor: "end" },
	"refreshing unauthenticated": { x: 466, y: 240, anchor: "start" },
	"expired refreshing": { x: 540, y: 414, anchor: "start" },
	"refreshing expired": { x: 492, y: 372, anchor: "end" },
	"expired unauthenticated": { x: 192, y: 420, anchor: "end" },
	"authenticated expired": { x: 384, y: 316, anchor: "start" },
	"expired authenticated": { x: 338, y: 316, anchor: "end" },
};

/** Two arrows between the same boxes run side by side. */
const asideBy = 7;
/** Between an arrow's head and the box. */
const gap = 4;

export interface Arrow {
	readonly from: string;
	readonly to: string;
	readonly events: readonly string[];
}

/** @throws if a line is none that the drawing knows */
export function readDiagram(mermaid: string): Arrow[] {
	const [head, start, ...lines] = mermaid.trim().split("\n");
	if (head !== "stateDiagram-v2" || !start?.includes("[*] -->"))
		throw new Error("not the state diagram");
	return lines.map((line) => {
		const [, from = "", to = "", events = ""] =
			/^ +(\w+) --> (\w+): (\S+)$/.exec(line) ?? [];
		if (!places[from] || !labels[`${from} ${to}`])
			throw new Error(`no place for: ${line}`);
		return { from, to, events: events.split("<br/>") };
	});
}

/** How far along a line, 0 to 1, it leaves the box around `center`. */
function exit(start: Point, end: Point, center: Point, margin: number): number {
	const along = (from: number, to: number, middle: number, half: number) =>
		to === from
			? Infinity
			: (middle + (to > from ? half : -half) - from) / (to - from);
	return Math.min(
		along(start.x, end.x, center.x, node.width / 2 + margin),
		along(start.y, end.y, center.y, node.height / 2 + margin),
	);
}

function line({ from, to }: Arrow): string {
	const a = places[from] as Point;
	const b = places[to] as Point;
	const length = Math.hypot(b.x - a.x, b.y - a.y);
	const move = ({ x, y }: Point): Point => ({
		x: x + ((b.y - a.y) / length) * asideBy,
		y: y - ((b.x - a.x) / length) * asideBy,
	});
	const [start, end] = [move(a), move(b)];
	const at = (share: number): string =>
		[start.x + (end.x - start.x) * share, start.y + (end.y - start.y) * share]
			.map((number) => number.toFixed(1))
			.join(" ");
	return `<path d="M${at(exit(start, end, a, 0))} L${at(1 - exit(end, start, b, gap))}" marker-end="url(#arrow)"/>`;
}

function events({ from, to, events }: Arrow): string {
	const { x, y, anchor } = labels[`${from} ${to}`] as Point & {
		anchor: string;
	};
	const first = y - (events.length - 1) * 7;
	return `<text text-anchor="${anchor}">${events
		.map(
			(event, index) =>
				`<tspan x="${x}" y="${first + index * 14}">${event}</tspan>`,
		)
		.join("")}</text>`;
}

/** One line of HTML: a blank line would end it in Markdown. */
export function drawStates(mermaid: string): string {
	const arrows = readDiagram(mermaid);
	const said = arrows
		.map(({ from, to, events }) => `${from} to ${to}: ${events.join(", ")}.`)
		.join(" ");
	const boxes = Object.entries(places).map(
		([status, { x, y }]) =>
			`<g class="${status}"><rect x="${x - node.width / 2}" y="${y - node.height / 2}" width="${node.width}" height="${node.height}" rx="10"/><text class="status" x="${x}" y="${y + 5}" text-anchor="middle">${status}</text></g>`,
	);
	return [
		`<div class="states" tabindex="0" role="img" aria-label="State diagram. ${said}"><svg viewBox="0 0 ${size.width} ${size.height}" aria-hidden="true">`,
		'<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path d="M0 0L8 4L0 8z"/></marker></defs>',
		...arrows.map(line),
		...boxes,
		...arrows.map(events),
		"</svg></div>",
	].join("");
}
