/**
 * Faults (B), invariants of safety (S) and liveness (L), and threats (D) have numbers; a test that proves one names it in
 * its title. Nothing that has a number may be without a test.
 */
const counts = { B: 120, S: 18, L: 7, D: 17 };

export const promised: readonly string[] = Object.entries(counts).flatMap(
	([letter, count]) =>
		Array.from({ length: count }, (_, index) => `${letter}${index + 1}`),
);

/** Those that no run of this workspace can show, and why. */
export const beyondTests: Readonly<Record<string, string>> = {
	B110: "what developer tools copy and export is out of a library's reach; SECURITY.md says so",
};

/** The numbers that a title names: `B41`, `B97-B103`, `S1 to S13`. */
export function numbersIn(title: string): string[] {
	const ranges = [...title.matchAll(/\b([BSLD])(\d+)(?:-| to )\1(\d+)\b/g)];
	return [
		...ranges.flatMap(([, letter, from, to]) =>
			Array.from(
				{ length: Number(to) - Number(from) + 1 },
				(_, index) => `${letter}${Number(from) + index}`,
			),
		),
		...[...title.matchAll(/\b[BSLD]\d+\b/g)].map(([number]) => number),
	].filter((number) => promised.includes(number));
}

/** @param titles of tests that passed */
export function unproven(titles: readonly string[]): string[] {
	const named = new Set(titles.flatMap(numbersIn));
	return promised.filter(
		(number) => !named.has(number) && !Object.hasOwn(beyondTests, number),
	);
}
