import { useEffect, useState } from "react";
import type { Shown } from "../session/explorer.ts";
import { useExplorer } from "./explorer-context.ts";

/** Walks through a journal; the diagram follows. */
export function ReplayBar({ replay }: { readonly replay: Shown }) {
	const explorer = useExplorer();
	const [isPlaying, setPlaying] = useState(false);
	const { step, name, divergesAt } = replay;
	const last = replay.states.length - 1;
	const isOver = step >= last;
	useEffect(() => {
		if (!isPlaying || isOver) return;
		const timer = setTimeout(() => explorer.step(step + 1), 700);
		return () => clearTimeout(timer);
	}, [isPlaying, isOver, step, explorer]);
	return (
		<div className="replay">
			<p>
				<strong>{name}</strong>, step{" "}
				<span className="figures" data-testid="replay-step">
					{step} of {last}
				</span>
				{step > 0 && `: ${replay.entries[step - 1]?.event.type}`}
			</p>
			<input
				type="range"
				aria-label="Step of the replay"
				min="0"
				max={last}
				value={step}
				onChange={({ target }) => explorer.step(Number(target.value))}
			/>
			<div className="buttons small">
				<button
					type="button"
					disabled={step === 0}
					onClick={() => explorer.step(step - 1)}
				>
					Back
				</button>
				<button
					type="button"
					disabled={isOver}
					onClick={() => explorer.step(step + 1)}
				>
					Next
				</button>
				<button
					type="button"
					onClick={() => {
						if (isOver) explorer.step(0);
						setPlaying(!isPlaying || isOver);
					}}
				>
					{isPlaying && !isOver ? "Pause" : "Play"}
				</button>
				<button type="button" onClick={explorer.endReplay}>
					Back to live
				</button>
			</div>
			{divergesAt >= 0 && (
				<p className="warning">
					From step {divergesAt + 1} on, this version decides otherwise than the
					one that wrote the journal.
				</p>
			)}
		</div>
	);
}
