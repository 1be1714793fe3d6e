/** Watches what a process prints, and says which of the things that it prints or leaves behind show a canary. */
import { findCanaries } from "./canary-search.ts";

/** Something that a run says, by a name that people find it by. */
export type Said = readonly [name: string, text: string];

/** Begins to watch. @returns stops, and gives what was written meanwhile */
export function watchOutput(): () => readonly Said[] {
	const tees = [tee("stdout"), tee("stderr")];
	return () => tees.map((end) => end());
}

/** Writes on stderr where a canary shows, without it. @returns how many places there are */
export function tellCanaries(said: readonly Said[]): number {
	const found = said.flatMap(([name, text]) =>
		findCanaries(text).map((where) => `  ${name}, ${where}`),
	);
	if (found.length > 0)
		process.stderr.write(
			`\nA canary got out, so a secret can:\n${found.join("\n")}\n`,
		);
	return found.length;
}

function tee(name: "stdout" | "stderr"): () => Said {
	const stream = process[name];
	const { write } = stream;
	const decoder = new TextDecoder();
	let text = "";
	const teeing = (...args: Parameters<typeof write>): boolean => {
		const [chunk] = args;
		text +=
			typeof chunk === "string"
				? chunk
				: decoder.decode(chunk, { stream: true });
		return write.apply(stream, args);
	};
	stream.write = teeing as typeof write;
	return () => {
		stream.write = write;
		return [name, text];
	};
}
