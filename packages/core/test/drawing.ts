/** The diagram and the table of the READMEs, drawn from the table of the machine: what no step does, no line shows. */
import {
	type AuthEvent,
	type EventType,
	type Status,
	transition,
} from "../src/index.ts";
import { sampleEvents, sampleStates } from "./samples.ts";

const statuses = Object.keys(sampleStates) as Status[];
const eventTypes = Object.keys(sampleEvents) as EventType[];

/** Statuses that an event can lead to from a status; itself if it can change something within. */
function targets(status: Status, type: EventType): Status[] {
	const found = new Set<Status>();
	// now, and when every time in the samples is over
	for (const state of Object.values(sampleStates[status]))
		for (const event of Object.values<AuthEvent>(sampleEvents[type]))
			for (const later of "atMs" in event
				? [event, { ...event, atMs: 1_000_000 }]
				: [event]) {
				const [next, effects] = transition(state, later);
				if (next !== state || effects.length) found.add(next.status);
			}
	return statuses.filter((target) => found.has(target));
}

const drawn = new Map<string, readonly Status[]>();

/** Does the diagram or the table show this step? */
export function isDrawn(from: Status, type: EventType, to: Status): boolean {
	const cell = `${from} ${type}`;
	const known = drawn.get(cell) ?? targets(from, type);
	drawn.set(cell, known);
	return known.includes(to);
}

/** A Mermaid state diagram; steps that stay in their status are left to the table. */
export function drawDiagram(): string {
	const lines = statuses.flatMap((from) =>
		statuses
			.filter((to) => to !== from)
			.flatMap((to) => {
				const events = eventTypes.filter((type) =>
					targets(from, type).includes(to),
				);
				return events.length
					? [`    ${from} --> ${to}: ${events.join("<br/>")}`]
					: [];
			}),
	);
	return [
		"```mermaid",
		"stateDiagram-v2",
		"    [*] --> unauthenticated",
		...lines,
		"```",
	].join("\n");
}

/** Status by event. `-`: ignored; a status of its own row: something changes within it. */
export function drawTable(): string {
	const row = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
	return [
		row(["event", ...statuses]),
		row(["---", ...statuses.map(() => "---")]),
		...eventTypes.map((type) =>
			row([
				`\`${type}\``,
				...statuses.map((status) => targets(status, type).join(", ") || "-"),
			]),
		),
	].join("\n");
}

/** Puts a drawing between its two markers. */
export function withDrawing(
	text: string,
	name: string,
	drawing: string,
): string {
	const parts = new RegExp(
		`(<!-- ${name}:begin[^>]*-->\\n)[^]*?(<!-- ${name}:end -->)`,
	);
	if (!parts.test(text)) throw new Error(`no place for the ${name}`);
	return text.replace(
		parts,
		(_, begin: string, end: string) => `${begin}${drawing}\n${end}`,
	);
}
