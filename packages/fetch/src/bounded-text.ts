/**
 * Reads a body as text, up to a limit (B98).
 *
 * @param body `null`: there is none, and the text is empty
 * @param limitBytes more than this gives `null`, and the rest is not read
 * @param limitMs likewise, when it takes longer
 */
export async function boundedText(
	body: ReadableStream<Uint8Array> | null,
	limitBytes: number,
	limitMs: number,
): Promise<string | null> {
	if (!body) return "";
	const reader = body.getReader();
	const decoder = new TextDecoder();
	let text = "";
	let left = limitBytes;
	// ends the read that is under way
	const stop = () => {
		left = -1;
		dropBody(reader);
	};
	const timer = setTimeout(stop, limitMs);
	try {
		for (;;) {
			const { done, value } = await reader.read();
			if (left < 0) return null;
			if (done) return text + decoder.decode();
			left -= value.length;
			if (left < 0) stop();
			text += decoder.decode(value, { stream: true });
		}
	} finally {
		clearTimeout(timer);
	}
}

const ignore = (): void => {};

/** Frees the connection of a body that nobody will read (B89). May stay pending for ever, hence not awaited. */
export function dropBody(
	body: { cancel(): Promise<void> } | null | undefined,
): void {
	body?.cancel().catch(ignore);
}
