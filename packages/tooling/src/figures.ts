/**
 * Figures in a README that a script keeps true. In the text: `2.9 kB<!-- size:createAuth -->`; the comment is not shown
 * to readers and says which figure it is.
 */
const marked = /(?<value>[\d.]+) kB<!-- size:(?<name>[\w-]+) -->/g;

/** Names of the figures in this text. */
export function figureNames(text: string): string[] {
	return [...text.matchAll(marked)].map(({ groups }) => groups?.name ?? "");
}

export interface StaleFigure {
	readonly name: string;
	readonly says: string;
	/** `undefined`: no such figure. */
	readonly is: string | undefined;
}

/** kB of 1000 bytes, rounded up: a reader must never get more than was promised. */
export function inKB(bytes: number): string {
	return (Math.ceil(bytes / 100) / 10).toFixed(1);
}

export function staleFigures(
	text: string,
	figures: ReadonlyMap<string, string>,
): StaleFigure[] {
	return [...text.matchAll(marked)]
		.map(({ groups }) => ({
			name: groups?.name ?? "",
			says: groups?.value ?? "",
			is: figures.get(groups?.name ?? ""),
		}))
		.filter(({ says, is }) => says !== is);
}

export function withFigures(
	text: string,
	figures: ReadonlyMap<string, string>,
): string {
	return text.replace(marked, (whole, value: string, name: string) =>
		whole.replace(value, figures.get(name) ?? value),
	);
}
