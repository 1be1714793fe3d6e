/**
 * Reads a body as text, up to a limit (B98).
 *
 * @param body `null`: there is none, and the text is empty
 * @param limitBytes more than this gives `null`, and the rest is not read
 */
export async function boundedText(
	body: ReadableStream<Uint8Array> | null,
	limitBytes: number,
): Promise<string | null> {
	if (!body) return "";
	const reader = body.getReader();
	const decoder = new TextDecoder();
	let text = "";
	let bytes = 0;
	for (;;) {
		const { done, value } = await reader.read();
		if (done) return text + decoder.decode();
		bytes += value.length;
		if (bytes > limitBytes) {
			dropBody(reader);
			return null;
		}
		text += decoder.decode(value, { stream: true });
	}
}

const ignore = (): void => {};

/** Frees the connection of a body that nobody will read (B89). May stay pending for ever, hence not awaited. */
export function dropBody(
	body: { cancel(): Promise<void> } | null | undefined,
): void {
	body?.cancel().catch(ignore);
}
