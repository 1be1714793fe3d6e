import { useState } from "react";

/** A button with a number. */
export function Counted({
	label,
	unit,
	initial,
	max,
	act,
}: {
	readonly label: string;
	readonly unit: string;
	readonly initial: number;
	readonly max: number;
	readonly act: (count: number) => Promise<void>;
}) {
	const [count, setCount] = useState(initial);
	return (
		<div className="counted">
			<button type="button" onClick={() => act(count)}>
				{label}
			</button>
			<label>
				<input
					type="number"
					min="1"
					max={max}
					value={count}
					onChange={({ target }) =>
						setCount(
							Math.min(Math.max(Math.trunc(target.valueAsNumber) || 1, 1), max),
						)
					}
				/>
				{unit}
			</label>
		</div>
	);
}
