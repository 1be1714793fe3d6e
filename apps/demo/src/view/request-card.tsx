import type { Outcome } from "../session/explorer.ts";
import { span } from "../session/wording.ts";
import { useExplorer } from "./explorer-context.ts";
import { useCell } from "./use-cell.ts";

const plural = (count: number, one: string): string =>
	`${count} ${one}${count === 1 ? "" : "s"}`;

function summary({
	total,
	outcomes,
	refreshes,
	longestWaitMs,
}: Outcome): string {
	const answers = Object.entries(outcomes)
		.map(([outcome, count]) => `${count} × ${outcome}`)
		.join(", ");
	return `${plural(total, "request")}: ${answers}. ${plural(refreshes, "refresh").replace("hs", "hes")} at the server${
		longestWaitMs >= 20 ? `; longest wait ${span(longestWaitMs)}` : ""
	}.`;
}

export function RequestCard() {
	const explorer = useExplorer();
	const session = useCell(explorer.session);
	const progress = useCell(session.progress);
	const outcome = useCell(explorer.outcome);
	const { adapter } = useCell(explorer.settings);
	return (
		<section className="card request-card" aria-labelledby="requests-title">
			<div className="card-head">
				<h2 id="requests-title">Requests</h2>
				<span className="note">through {adapter}</span>
			</div>
			<div className="buttons">
				{[1, 50].map((total) => (
					<button
						type="button"
						key={total}
						disabled={progress !== null}
						onClick={() => explorer.burst(total)}
					>
						{plural(total, "request")}
					</button>
				))}
			</div>
			<progress
				aria-label="Requests answered"
				max={progress?.total ?? 1}
				value={progress?.done ?? 0}
				data-idle={progress === null}
			/>
			<p className="summary" role="status" data-testid="summary">
				{progress
					? `${progress.done} of ${progress.total} answered …`
					: outcome
						? summary(outcome)
						: "All at once: what waits, waits together."}
			</p>
		</section>
	);
}
