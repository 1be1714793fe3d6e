import { useLayoutEffect, useRef, useState } from "react";
import { waitOf } from "../session/session.ts";
import type { Call, Trace, TraceView } from "../session/trace.ts";
import { span } from "../session/wording.ts";
import { ScrollArea } from "./scroll-area.tsx";
import { TimelineChart } from "./timeline-chart.tsx";
import { createScale } from "./timeline-scale.ts";
import { useCell, useTick } from "./use-cell.ts";

const isOpen = ({ calls }: TraceView): boolean =>
	calls.some(({ endMs }) => endMs === null);

function describe({ calls }: TraceView): string {
	const requests = calls.filter(({ kind }) => kind === "api");
	const refreshes = calls.filter(({ kind }) => kind === "refresh").length;
	const waited = requests.filter((call) => waitOf(call) >= 20).length;
	return `${requests.length} requests, ${waited} of them waited; ${refreshes} refreshes.`;
}

const zoomStep = 1.6;

/** The last calls in words, for those who do not see the picture. */
function CallTable({ calls }: { readonly calls: readonly Call[] }) {
	return (
		<details className="call-table">
			<summary>As a table</summary>
			<ScrollArea label="Calls">
				<table>
					<thead>
						<tr>
							<th scope="col">Call</th>
							<th scope="col">Waited</th>
							<th scope="col">Sent</th>
							<th scope="col">Answer</th>
						</tr>
					</thead>
					<tbody>
						{calls.slice(-60).map((call) => (
							<tr key={call.id}>
								<th scope="row">
									{call.kind === "api" ? "request" : call.kind} {call.id}
								</th>
								<td>{call.endMs === null ? "…" : span(waitOf(call))}</td>
								<td>
									{call.sends.length === 1
										? "once"
										: call.sends.length === 2
											? "twice"
											: call.sends.length}
								</td>
								<td>{call.outcome ?? "…"}</td>
							</tr>
						))}
					</tbody>
				</table>
			</ScrollArea>
		</details>
	);
}

export function Timeline({ trace }: { readonly trace: Trace }) {
	const view = useCell(trace);
	const isRunning = isOpen(view);
	useTick(isRunning ? 100 : 0);
	const scroller = useRef<HTMLDivElement>(null);
	const [room, setRoom] = useState(800);
	/** `null`: everything fits. */
	const [zoom, setZoom] = useState<number | null>(null);
	const scale = createScale(view, performance.now(), zoom ?? { fit: room });
	const current = scale.activeMs ? scale.width / scale.activeMs : 1;

	useLayoutEffect(() => {
		const element = scroller.current;
		if (!element) return;
		const observer = new ResizeObserver(() => setRoom(element.clientWidth));
		observer.observe(element);
		return () => observer.disconnect();
	}, []);
	const { width } = scale;
	useLayoutEffect(() => {
		const element = scroller.current;
		// what is new is on the right
		if (element) element.scrollLeft = width;
	}, [width]);

	const zoomBy = (factor: number): void =>
		setZoom(Math.min(Math.max(current * factor, 0.01), 20));

	return (
		<section className="card timeline" aria-labelledby="timeline-title">
			<div className="card-head">
				<h2 id="timeline-title">Timeline</h2>
				<ul className="legend">
					<li className="key-wait">waits</li>
					<li className="key-wire">on the wire</li>
					<li className="key-good">answered</li>
					<li className="key-bad">refused or lost</li>
					<li className="key-token">token call</li>
				</ul>
				<div className="buttons small">
					<button
						type="button"
						aria-label="Zoom out"
						onClick={() => zoomBy(1 / zoomStep)}
					>
						−
					</button>
					<button
						type="button"
						aria-label="Zoom in"
						onClick={() => zoomBy(zoomStep)}
					>
						+
					</button>
					<button
						type="button"
						aria-pressed={zoom === null}
						onClick={() => setZoom(null)}
					>
						Fit
					</button>
					<button type="button" onClick={trace.clear}>
						Clear
					</button>
				</div>
			</div>
			<div className="timeline-body">
				<div className="lane-names" aria-hidden="true">
					<span className="lane-you">you</span>
					<span className="lane-state">state</span>
					<span className="lane-token">tokens</span>
					<span className="lane-calls">requests</span>
				</div>
				<ScrollArea
					ref={scroller}
					label="Timeline, scrolls sideways; plus and minus zoom, zero fits"
					onKeyDown={({ key }) => {
						if (key === "+" || key === "=") zoomBy(zoomStep);
						else if (key === "-") zoomBy(1 / zoomStep);
						else if (key === "0") setZoom(null);
					}}
				>
					<TimelineChart
						view={view}
						scale={scale}
						minWidth={room}
						label={describe(view)}
					/>
				</ScrollArea>
			</div>
			<CallTable calls={view.calls} />
		</section>
	);
}
