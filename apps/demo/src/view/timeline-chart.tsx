import type { TraceView } from "../session/trace.ts";
import { span } from "../session/wording.ts";
import { CallBar } from "./call-bar.tsx";
import { pack, type Scale } from "./timeline-scale.ts";

const deedsY = 12;
const statesY = 24;
const statesHeight = 22;
const tokensY = 56;
const tokenHeight = 16;
const callsY = 84;
const callsHeight = 216;
export const chartHeight = callsY + callsHeight + 8;

/** Swim lanes: what was done, the state, the token endpoint, the requests. */
export function TimelineChart({
	view,
	scale,
	minWidth,
	label,
}: {
	readonly view: TraceView;
	readonly scale: Scale;
	readonly minWidth: number;
	readonly label: string;
}) {
	const nowMs = performance.now();
	const width = Math.max(scale.width, minWidth);
	const requests = view.calls.filter(({ kind }) => kind === "api");
	const tokenCalls = view.calls.filter(({ kind }) => kind !== "api");
	const { rows, rowOf } = pack(requests);
	const rowHeight = Math.min(callsHeight / Math.max(rows, 1), 14);
	let freeX = 0;
	return (
		<svg width={width} height={chartHeight} role="img" aria-label={label}>
			<defs>
				<pattern
					id="hatch"
					width="5"
					height="5"
					patternUnits="userSpaceOnUse"
					patternTransform="rotate(45)"
				>
					<rect className="hatch-ground" width="5" height="5" />
					<rect className="hatch-line" width="2" height="5" />
				</pattern>
			</defs>
			{scale.stretches.map(
				({ isFolded, startX, endX, startMs, endMs }) =>
					isFolded && (
						<g key={startMs} className="fold">
							<rect
								x={startX}
								y="18"
								width={endX - startX}
								height={chartHeight - 18}
							/>
							<text
								x={(startX + endX) / 2}
								y={callsY + callsHeight / 2}
								textAnchor="middle"
							>
								{span(endMs - startMs)}
							</text>
						</g>
					),
			)}
			{view.states.map((mark, index) => {
				const x = scale.x(mark.atMs);
				const next = view.states[index + 1];
				const endX = next ? scale.x(next.atMs) : width;
				return (
					<g key={mark.atMs} className="state-band" data-status={mark.status}>
						<title>{`${mark.status}, pair ${mark.generation}${mark.event ? `, by ${mark.event}` : ""}`}</title>
						<rect
							x={x}
							y={statesY}
							width={Math.max(endX - x, 1.5)}
							height={statesHeight}
						/>
						{endX - x > mark.status.length * 6.6 + 8 && (
							<text x={x + 6} y={statesY + 15}>
								{mark.status}
							</text>
						)}
					</g>
				);
			})}
			{tokenCalls.map((call) => {
				const x = scale.x(call.atMs);
				const endX = scale.x(call.endMs ?? nowMs);
				return (
					<g
						key={call.id}
						className="token-call"
						data-good={call.endMs === null || /^2/.test(call.outcome ?? "")}
					>
						<title>{`${call.kind}: ${call.outcome ?? "under way"}`}</title>
						<rect
							x={x}
							y={tokensY}
							width={Math.max(endX - x, 2)}
							height={tokenHeight}
							rx="2"
						/>
						{endX - x > 58 && (
							<text x={x + 5} y={tokensY + 12}>
								{call.kind}
							</text>
						)}
					</g>
				);
			})}
			{requests.map((call) => (
				<CallBar
					key={call.id}
					call={call}
					scale={scale}
					nowMs={nowMs}
					y={callsY + (rowOf.get(call) ?? 0) * rowHeight}
					height={Math.max(rowHeight - 1, 1)}
				/>
			))}
			{!requests.length && (
				<text
					className="empty"
					x={minWidth / 2}
					y={callsY + callsHeight / 2}
					textAnchor="middle"
				>
					Sign in, and send fifty requests.
				</text>
			)}
			{view.deeds.map(({ atMs, label: text }) => {
				const x = scale.x(atMs);
				const hasRoom = x >= freeX && x + text.length * 6.4 < width;
				if (hasRoom) freeX = x + text.length * 6.4 + 14;
				return (
					<g key={`${atMs} ${text}`} className="deed">
						<title>{text}</title>
						<path d={`M${x} 4V${chartHeight}`} />
						{hasRoom && (
							<text x={x + 4} y={deedsY}>
								{text}
							</text>
						)}
					</g>
				);
			})}
		</svg>
	);
}
