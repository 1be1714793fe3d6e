/** A million random steps of the machine. A failure prints the seed and the last steps; the same seed walks the same way. */
import { expect, test } from "vitest";
import {
	type AuthEvent,
	type AuthState,
	initialState,
	Secret,
	type Step,
	table,
	transition,
} from "../src/index.ts";
import { faultyMachines } from "./faulty-machines.ts";
import { brokenLaw, laws } from "./laws.ts";
import { randomWalk } from "./random-walk.ts";

const stepCount = 1_100_000;
/** Each walk is short enough for every event to matter, and begins anew. */
const walkLength = 2_000;
const seed = Number(process.env.KEYTURN_SEED ?? 20_260_715);

function walk(
	step: (state: AuthState, event: AuthEvent) => Step,
	steps: number,
	visit: (before: AuthState, event: AuthEvent, after: Step) => void,
): void {
	for (let count = 0; count < steps; count += walkLength) {
		const next = randomWalk(seed + count);
		let state: AuthState = initialState;
		for (let index = 0; index < walkLength; index++) {
			const event = next(state);
			const after = step(state, event);
			visit(state, event, after);
			state = after[0];
		}
	}
}

const actingCells = Object.entries(table).flatMap(([status, row]) =>
	Object.entries(row).flatMap(([event, cell]) =>
		cell ? `${status} ${event}` : [],
	),
);

test(`${stepCount.toLocaleString("en")} random steps (seed ${seed}) break no law`, () => {
	const seen = new Map<string, number>();
	let changes = 0;
	walk(transition, stepCount, (before, event, after) => {
		const broken = brokenLaw(before, event, after);
		if (broken)
			throw new Error(
				`${broken}\n${JSON.stringify({ seed, before, event, after }, null, 1)}`,
			);
		const cell = `${before.status} ${event.type}`;
		if (after[0] !== before || after[1].length) {
			changes++;
			seen.set(cell, (seen.get(cell) ?? 0) + 1);
		}
	});
	// vacuity: every cell that can act has acted, often
	expect(changes).toBeGreaterThan(stepCount / 5);
	expect([...seen.keys()].sort()).toEqual(actingCells.sort());
	for (const [cell, count] of seen) expect(count, cell).toBeGreaterThan(200);
});

test("S17 the same message twice is the same as once", () => {
	let messages = 0;
	let differences = 0;
	walk(transition, 100_000, (_before, event, [after]) => {
		if (
			event.type !== "refresh-succeeded" &&
			event.type !== "refresh-failed" &&
			event.type !== "token-rejected" &&
			event.type !== "extended" &&
			event.type !== "changed-elsewhere"
		)
			return;
		messages++;
		const [again, effects] = transition(after, event);
		if (again !== after || effects.some(({ type }) => type === "refresh"))
			differences++;
	});
	expect(differences).toBe(0);
	expect(messages).toBeGreaterThan(40_000);
});

test("S15 no state, event or order shows a token, in any notation", () => {
	let secrets = 0;
	walk(transition, 40_000, (before, event, [after, effects]) => {
		const text = JSON.stringify([before, event, after, effects]);
		secrets += text.split("[secret ").length - 1;
		expect(text).not.toMatch(/(access|refresh)-\d/);
		expect(String(effects)).not.toMatch(/(access|refresh)-\d/);
	});
	expect(secrets).toBeGreaterThan(10_000);
});

test("the step is pure: frozen input, and the same answer when asked again", () => {
	const freeze = <T>(value: T): T => {
		if (typeof value !== "object" || value === null || Object.isFrozen(value))
			return value;
		Object.freeze(value);
		if (!(value instanceof Secret)) Object.values(value).forEach(freeze);
		return value;
	};
	let steps = 0;
	walk(transition, 40_000, (before, event, after) => {
		steps++;
		const again = transition(freeze(before), freeze(event));
		expect(again).toEqual(after);
		freeze(after);
	});
	expect(steps).toBe(40_000);
});

test("L7 in any walk, refreshes for one session's rejections keep their interval", () => {
	let last: { atMs: number; epoch: number } | undefined;
	let pairs = 0;
	walk(transition, 200_000, (from, event, [to, effects]) => {
		// a session that had ended begins anew, also under the same stamp
		if (from.status === "unauthenticated") last = undefined;
		if (
			event.type !== "token-rejected" ||
			!effects.some(({ type }) => type === "refresh")
		)
			return;
		if (last?.epoch === to.epoch) {
			pairs++;
			expect(event.atMs - last.atMs).toBeGreaterThanOrEqual(
				event.minIntervalMs,
			);
		}
		last = { atMs: event.atMs, epoch: to.epoch };
	});
	expect(pairs).toBeGreaterThan(10);
});

test("the laws can fail: each is broken by a machine with one fault, and no fault gets by", () => {
	const broken = new Set<string>();
	for (const [fault, machine] of Object.entries(faultyMachines)) {
		let count = 0;
		walk(machine, 20_000, (from, event, after) => {
			for (const [name, law] of Object.entries(laws))
				if (!law(from, event, ...after)) {
					count++;
					broken.add(name);
				}
		});
		expect(count, fault).toBeGreaterThan(0);
	}
	expect([...broken].sort()).toEqual(Object.keys(laws).sort());
});
