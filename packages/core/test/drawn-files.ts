import { drawDiagram, drawTable } from "./drawing.ts";

const at = (path: string): URL => new URL(path, import.meta.url);

/** Which files show which drawing, by the name of its markers. */
export const drawnFiles: readonly (readonly [
	file: URL,
	drawings: readonly (readonly [name: string, draw: () => string])[],
])[] = [
	[at("../../../README.md"), [["diagram", drawDiagram]]],
	[
		at("../README.md"),
		[
			["diagram", drawDiagram],
			["table", drawTable],
		],
	],
	[
		at("../../../apps/docs/pages/concepts/states.md"),
		[
			["diagram", drawDiagram],
			["table", drawTable],
		],
	],
];
