import type { EventType, Status } from "@keyturn/core";
import { type Edge, machineGraph, sameEdge } from "../session/machine-graph.ts";
import { arrow, narrow, wide } from "./diagram-geometry.ts";
import { useMedia } from "./use-cell.ts";

interface Arrow {
	readonly key: string;
	readonly from: Status;
	readonly to: Status;
	readonly events: readonly EventType[];
}

/** One arrow for all edges between the same two statuses. */
function arrowsOf(edges: readonly Edge[]): readonly Arrow[] {
	const found = new Map<string, Arrow>();
	for (const { from, to, event } of edges) {
		const key = `${from} ${to}`;
		const events = found.get(key)?.events ?? [];
		found.set(key, { key, from, to, events: [...events, event] });
	}
	return [...found.values()];
}

const arrows = arrowsOf(machineGraph.edges);
const between = arrows.filter(({ from, to }) => from !== to);
const within = arrows.filter(({ from, to }) => from === to);

const say = ({ from, to, event }: Edge): string =>
	from === to ? `${event}: stays ${to}` : `${event}: ${from} → ${to}`;

/** The machine as the core's table has it, where it is now and how it got there. */
export function StateDiagram({
	current,
	last,
	isCompact = false,
}: {
	readonly current: Status;
	/** The step that led here; `null` at the start. */
	readonly last: Edge | null;
	readonly isCompact?: boolean;
}) {
	const isSmall = useMedia("(max-width: 760px)");
	const geometry = isCompact || isSmall ? narrow : wide;
	const { width, height, node, places, labels, fontSize, hasLabels } = geometry;
	const isLit = ({ from, to }: Arrow): boolean =>
		last?.from === from && last.to === to;
	return (
		<figure className="diagram">
			<svg
				viewBox={`0 0 ${width} ${height}`}
				role="img"
				aria-label={`The session is ${current}.${last ? ` Last step: ${say(last)}.` : ""}`}
			>
				<defs>
					{["arrow", "arrow-lit"].map((id) => (
						<marker
							key={id}
							id={id}
							className={id}
							viewBox="0 0 10 10"
							refX="9"
							refY="5"
							markerUnits="userSpaceOnUse"
							markerWidth={id === "arrow" ? 9 : 13}
							markerHeight={id === "arrow" ? 9 : 13}
							orient="auto-start-reverse"
						>
							<path d="M0 0 10 5 0 10z" />
						</marker>
					))}
				</defs>
				{between.map((one) => {
					const { start, end } = arrow(geometry, one.from, one.to);
					return (
						<path
							key={one.key}
							className="edge"
							data-lit={isLit(one)}
							d={`M${start.x} ${start.y} ${end.x} ${end.y}`}
							markerEnd={isLit(one) ? "url(#arrow-lit)" : "url(#arrow)"}
						/>
					);
				})}
				{hasLabels &&
					between.map((one) => {
						const { x, y, anchor } = labels[one.key] ?? {
							...arrow(geometry, one.from, one.to).middle,
							anchor: "middle" as const,
						};
						return (
							<text
								key={one.key}
								className="edge-label"
								textAnchor={anchor}
								x={x}
								y={y}
							>
								{one.events.map((event, index) => (
									<tspan
										key={event}
										x={x}
										dy={index ? 15 : 0}
										data-lit={sameEdge(last, { ...one, event })}
									>
										{event}
									</tspan>
								))}
							</text>
						);
					})}
				{machineGraph.statuses.map((status) => {
					const { x, y } = places[status];
					return (
						<g
							key={status}
							className="node"
							data-status={status}
							data-current={status === current}
							transform={`translate(${x - node.width / 2} ${y - node.height / 2})`}
						>
							<rect width={node.width} height={node.height} rx="10" />
							<text
								x={node.width / 2}
								y={node.height / 2}
								textAnchor="middle"
								dominantBaseline="central"
								fontSize={fontSize}
							>
								{status}
							</text>
						</g>
					);
				})}
			</svg>
			<figcaption>
				<span data-testid="last-edge">
					{last ? say(last) : "Nothing has happened yet."}
				</span>
				<details>
					<summary>
						All {machineGraph.edges.length} steps, read from the core's table
					</summary>
					<dl className="edges">
						{[...between, ...within].map((one) => (
							<div key={one.key} data-lit={isLit(one)}>
								<dt>
									{one.from === one.to
										? `stays ${one.to}`
										: `${one.from} → ${one.to}`}
								</dt>
								<dd>{one.events.join(", ")}</dd>
							</div>
						))}
					</dl>
				</details>
			</figcaption>
		</figure>
	);
}
