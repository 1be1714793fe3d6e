/** One of a few: a group of radio buttons that looks like a switch. */
export function Choice<Value extends string>({
	label,
	name,
	value,
	options,
	onChange,
}: {
	readonly label: string;
	readonly name: string;
	readonly value: Value;
	readonly options: readonly {
		readonly value: Value;
		readonly label: string;
	}[];
	readonly onChange: (value: Value) => void;
}) {
	return (
		<fieldset className="choice">
			<legend>{label}</legend>
			<div className="choice-options">
				{options.map((option) => (
					<label key={option.value}>
						<input
							type="radio"
							name={name}
							value={option.value}
							checked={option.value === value}
							onChange={() => onChange(option.value)}
						/>
						<span>{option.label}</span>
					</label>
				))}
			</div>
		</fieldset>
	);
}
