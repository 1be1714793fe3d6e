import { type ReactNode, useId, useRef, useState } from "react";

export interface Panel {
	readonly label: string;
	readonly content: ReactNode;
}

/** Tabs after the ARIA pattern: arrow keys move, only the chosen one is in the tab order. */
export function PanelTabs({
	label,
	panels,
}: {
	readonly label: string;
	readonly panels: readonly Panel[];
}) {
	const [chosen, setChosen] = useState(0);
	const id = useId();
	const list = useRef<HTMLDivElement>(null);
	const move = (to: number): void => {
		const next = (to + panels.length) % panels.length;
		setChosen(next);
		list.current?.querySelectorAll("button")[next]?.focus();
	};
	return (
		<section className="card panels">
			<div
				role="tablist"
				aria-label={label}
				ref={list}
				onKeyDown={({ key }) => {
					if (key === "ArrowRight") move(chosen + 1);
					else if (key === "ArrowLeft") move(chosen - 1);
					else if (key === "Home") move(0);
					else if (key === "End") move(-1);
				}}
			>
				{panels.map((panel, index) => (
					<button
						type="button"
						role="tab"
						key={panel.label}
						id={`${id}-tab-${index}`}
						aria-controls={`${id}-panel`}
						aria-selected={index === chosen}
						tabIndex={index === chosen ? 0 : -1}
						onClick={() => setChosen(index)}
					>
						{panel.label}
					</button>
				))}
			</div>
			<div
				role="tabpanel"
				id={`${id}-panel`}
				aria-labelledby={`${id}-tab-${chosen}`}
			>
				{panels[chosen]?.content}
			</div>
		</section>
	);
}
