/** Prints rows as a Markdown table. */
export function printTable(
	rows: readonly Record<string, string | number>[],
): void {
	const names = Object.keys(rows[0] ?? {});
	const line = (cells: readonly unknown[]) => `| ${cells.join(" | ")} |`;
	console.log(line(names));
	console.log(line(names.map(() => "---")));
	for (const row of rows) console.log(line(names.map((name) => row[name])));
	console.log();
}

export function quantile(values: readonly number[], share: number): number {
	const sorted = values.toSorted((a, b) => a - b);
	return sorted[Math.floor(sorted.length * share)] ?? Number.NaN;
}

export const inMs = (value: number): string =>
	value < 10 ? value.toFixed(2) : value.toFixed(0);
