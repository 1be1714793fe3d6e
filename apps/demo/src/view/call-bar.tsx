import { waitOf } from "../session/session.ts";
import type { Call, Send } from "../session/trace.ts";
import { span } from "../session/wording.ts";
import type { Scale } from "./timeline-scale.ts";

const isGood = (status: number | null): boolean =>
	status !== null && status < 400;

const classOf = ({ endMs, status }: Send): string =>
	endMs === null ? "on-wire" : isGood(status) ? "answered" : "refused";

/** When a call was not on the wire. */
function waits({ atMs, endMs, sends }: Call, nowMs: number) {
	const found: { readonly atMs: number; readonly endMs: number }[] = [];
	let lastMs = atMs;
	for (const send of sends) {
		if (send.atMs > lastMs) found.push({ atMs: lastMs, endMs: send.atMs });
		lastMs = send.endMs ?? nowMs;
	}
	const overMs = endMs ?? nowMs;
	if (overMs > lastMs) found.push({ atMs: lastMs, endMs: overMs });
	return found;
}

/** One call: where it waited, where it was on the wire, and how that ended. */
export function CallBar({
	call,
	scale,
	y,
	height,
	nowMs,
}: {
	readonly call: Call;
	readonly scale: Scale;
	readonly y: number;
	readonly height: number;
	readonly nowMs: number;
}) {
	const bar = (fromMs: number, toMs: number) => {
		const x = scale.x(fromMs);
		return { x, y, height, width: Math.max(scale.x(toMs) - x, 1) };
	};
	return (
		<g>
			<title>{`${call.kind} ${call.id}: ${call.outcome ?? "under way"}, waited ${span(waitOf(call))}`}</title>
			{waits(call, nowMs).map((wait) => (
				<rect
					key={wait.atMs}
					className="waiting"
					{...bar(wait.atMs, wait.endMs)}
				/>
			))}
			{call.sends.map((send) => (
				<rect
					key={send.atMs}
					className={classOf(send)}
					{...bar(send.atMs, send.endMs ?? nowMs)}
				/>
			))}
			{call.sends.map(
				(send) =>
					classOf(send) === "refused" && (
						<rect
							key={send.atMs}
							className="refusal"
							x={scale.x(send.endMs ?? nowMs) - 2.5}
							y={y}
							width="2.5"
							height={height}
						/>
					),
			)}
		</g>
	);
}
