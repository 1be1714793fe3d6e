/** 32-bit FNV-1a: enough to tell two tokens apart in a journal, far too little to find a token from. */
function hash(text: string): string {
	let value = 0x811c9dc5;
	for (let index = 0; index < text.length; index++)
		value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
	return (value >>> 0).toString(16).padStart(8, "0");
}

/**
 * A token that cannot be printed by accident. {@link Secret.reveal} is the only way to the text; `String()`, `JSON`,
 * template strings and `util.inspect` (also inside errors and Maps) show the fingerprint.
 *
 * The fingerprint is an own property, so that two states compare as equal only if their tokens do.
 */
export class Secret {
	readonly #text: string;
	/** Eight hex digits; the same for the same text. Safe to log. */
	readonly fingerprint: string;

	/** @param fingerprint given only when a journal is replayed, where the text is not known */
	constructor(text: string, fingerprint: string = hash(text)) {
		this.#text = text;
		this.fingerprint = fingerprint;
	}

	/** The token itself. Call it where a header or a body is built, and nowhere else. */
	reveal(): string {
		return this.#text;
	}

	equals(other: Secret): boolean {
		return this.#text === other.#text && this.fingerprint === other.fingerprint;
	}

	toString(): string {
		return `[secret ${this.fingerprint}]`;
	}

	toJSON(): string {
		return this.toString();
	}

	// Node, Bun and Deno look this symbol up in console.log and in error output
	[Symbol.for("nodejs.util.inspect.custom")](): string {
		return this.toString();
	}
}
