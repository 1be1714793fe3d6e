import { useAuthState } from "@keyturn/react";
import { addressOf } from "../session/explorer.ts";
import type { Edge } from "../session/machine-graph.ts";
import { useExplorer } from "./explorer-context.ts";
import { StateDiagram } from "./state-diagram.tsx";
import { Timeline } from "./timeline.tsx";
import { useCell } from "./use-cell.ts";

function LiveDiagram({ isCompact }: { readonly isCompact: boolean }) {
	const explorer = useExplorer();
	const { trace } = useCell(explorer.session);
	const replay = useCell(explorer.replay);
	const status = useAuthState((state) => state.status);
	const mark = useCell(trace).states.findLast(({ event }) => event);
	let current = status;
	let last: Edge | null =
		mark?.event && mark.from
			? { from: mark.from, to: mark.status, event: mark.event }
			: null;
	if (replay) {
		const before = replay.states[replay.step - 1];
		const now = replay.states[replay.step];
		const entry = replay.entries[replay.step - 1];
		if (now) current = now.status;
		last =
			before && now && entry
				? { from: before.status, to: now.status, event: entry.event.type }
				: null;
	}
	return (
		<section className="card" aria-labelledby="machine-title">
			<div className="card-head">
				<h2 id="machine-title">Machine</h2>
				{replay && <span className="badge">replay</span>}
			</div>
			<StateDiagram current={current} last={last} isCompact={isCompact} />
		</section>
	);
}

/** What happens, drawn: in this tab, and in the other one if it is open. */
export function Stage() {
	const explorer = useExplorer();
	const { trace } = useCell(explorer.session);
	const settings = useCell(explorer.settings);
	const isTabOpen = useCell(explorer.isTabOpen);
	const isCompact = isTabOpen || explorer.isBeside;
	return (
		<div className="stage" data-split={isTabOpen}>
			<div className="stage-side">
				<LiveDiagram isCompact={isCompact} />
				<Timeline trace={trace} />
			</div>
			{isTabOpen && (
				<iframe
					title="The other tab"
					key={`${settings.api} ${settings.keeping}`}
					src={addressOf(settings, { beside: "" })}
				/>
			)}
		</div>
	);
}
