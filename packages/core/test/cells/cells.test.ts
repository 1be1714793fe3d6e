import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
	type AuthEvent,
	type AuthState,
	type Status,
	table,
	transition,
} from "../../src/index.ts";
import { sampleEvents, sampleStates } from "../samples.ts";
import { cellsOf } from "./cells-of.ts";

const statuses = Object.keys(sampleStates) as Status[];
const events = Object.values(sampleEvents).flatMap((variants): AuthEvent[] =>
	Object.values(variants),
);

// The expected texts are the specification, written and reviewed by hand: a change of the table is a change of these.
test.each(statuses)("%s: every event does what its list says", (status) => {
	const expected = new URL(`./${status}.txt`, import.meta.url);
	expect(cellsOf(status)).toBe(readFileSync(expected, "utf8").trimEnd());
});

test("the lists cover 4 statuses and 11 events", () => {
	expect(statuses).toEqual(Object.keys(table));
	for (const status of statuses)
		expect(Object.keys(sampleEvents)).toEqual(Object.keys(table[status]));
	expect(events.length).toBeGreaterThan(Object.keys(sampleEvents).length * 2);
});

describe("a cell that is null", () => {
	test.each(statuses)("%s ignores the event in every state", (status) => {
		const states: AuthState[] = Object.values(sampleStates[status]);
		let ignored = 0;
		for (const state of states)
			for (const event of events) {
				if (table[status][event.type]) continue;
				const [next, effects] = transition(state, event);
				expect(next).toBe(state);
				expect(effects).toEqual([]);
				ignored++;
			}
		expect(ignored).toBeGreaterThan(0);
	});
});
