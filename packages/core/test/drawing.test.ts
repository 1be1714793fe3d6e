import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { table, transition } from "../src/index.ts";
import { drawDiagram, drawTable, withDrawing } from "./drawing.ts";
import { drawnFiles } from "./drawn-files.ts";
import { sampleEvents, sampleStates } from "./samples.ts";

test("the READMEs show the machine as it is; `pnpm --filter @keyturn/core draw` mends them", () => {
	for (const [file, drawings] of drawnFiles) {
		const text = readFileSync(file, "utf8");
		for (const [name, draw] of drawings)
			expect(withDrawing(text, name, draw())).toBe(text);
	}
});

test("a cell that is null is drawn as ignored, and every other cell does something", () => {
	const rows = drawTable().split("\n").slice(2);
	const statuses = Object.keys(sampleStates) as (keyof typeof table)[];
	for (const row of rows) {
		const [event, ...cells] = row
			.slice(2, -2)
			.split(" | ")
			.map((cell) => cell.replaceAll("`", ""));
		for (const [index, status] of statuses.entries())
			expect([status, event, cells[index] === "-"]).toEqual([
				status,
				event,
				table[status][event as keyof (typeof table)["expired"]] === null,
			]);
	}
});

test("S14 no sample takes a step that the diagram does not show", () => {
	const diagram = drawDiagram();
	for (const states of Object.values(sampleStates))
		for (const state of Object.values(states))
			for (const [type, events] of Object.entries(sampleEvents))
				for (const event of Object.values(events)) {
					const [next] = transition(state, event);
					if (next.status !== state.status)
						expect(diagram).toMatch(
							new RegExp(`${state.status} --> ${next.status}: .*\\b${type}\\b`),
						);
				}
});
