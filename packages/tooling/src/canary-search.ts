import { Buffer } from "node:buffer";
import { CANARY } from "./canary.ts";

/** The canary as it is, inside Base64 (at each of its three offsets: Basic credentials, JWTs) and as a dump of bytes. */
const spellings: readonly (readonly [text: string, how: string])[] = [
	[CANARY, "as it is"],
	...[0, 1, 2].map((offset) => {
		const bytes = Buffer.from("\0".repeat(offset) + CANARY);
		// The characters at both ends also depend on the neighbours.
		const inner = bytes
			.toString("base64")
			.slice(Math.ceil((offset * 8) / 6), Math.floor((bytes.length * 8) / 6));
		return [inner, "in Base64"] as const;
	}),
	[Buffer.from(CANARY).toString("hex"), "in hex"],
	[
		(Buffer.from(CANARY).toString("hex").match(/../g) ?? []).join(" "),
		"in a dump of bytes",
	],
];

/** Lines of this text in which a canary shows, with what follows it blotted out. */
export function findCanaries(text: string): string[] {
	if (!spellings.some(([spelling]) => text.includes(spelling))) return [];
	return text.split("\n").flatMap((line, index) =>
		spellings
			.filter(([spelling]) => line.includes(spelling))
			.map(([spelling, how]) => {
				const at = line.indexOf(spelling);
				const before = line.slice(Math.max(0, at - 60), at);
				return `line ${index + 1}, ${how}: ${before}<canary>`;
			}),
	);
}
