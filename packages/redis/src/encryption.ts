import { AuthError } from "@keyturn/core";
import type { EncryptionKeys } from "./redis-auth-options.ts";

const toBase64 = (bytes: Uint8Array): string => {
	let text = "";
	for (const byte of bytes) text += String.fromCharCode(byte);
	return btoa(text);
};

const fromBase64 = (text: string): Uint8Array<ArrayBuffer> =>
	Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

const mark = "aes-gcm:";

/**
 * @param place where the text lies (name and stamp): bound to it, so that a record cannot be moved to another key or
 * passed off as a newer one
 */
export async function encrypt(
	text: string,
	place: string,
	{ key }: EncryptionKeys,
): Promise<string> {
	const iv = crypto.getRandomValues(new Uint8Array(12));
	const encoder = new TextEncoder();
	const sealed = new Uint8Array(
		await crypto.subtle.encrypt(
			{ name: "AES-GCM", iv, additionalData: encoder.encode(place) },
			key,
			encoder.encode(text),
		),
	);
	return `${mark}${toBase64(iv)}:${toBase64(sealed)}`;
}

/**
 * A record that lies open is refused when keys are given: whoever can write to Redis could otherwise plant one.
 * @throws AuthError `port-failed`; it says neither what was there nor why
 */
export async function decrypt(
	text: string,
	place: string,
	{ key, olderKeys = [] }: EncryptionKeys,
): Promise<string> {
	if (text.startsWith(mark)) {
		const [iv = "", sealed = ""] = text.slice(mark.length).split(":");
		for (const candidate of [key, ...olderKeys])
			try {
				return new TextDecoder().decode(
					await crypto.subtle.decrypt(
						{
							name: "AES-GCM",
							iv: fromBase64(iv),
							additionalData: new TextEncoder().encode(place),
						},
						candidate,
						fromBase64(sealed),
					),
				);
			} catch {}
	}
	throw new AuthError("port-failed", {
		detail: "the record cannot be decrypted",
	});
}
