/** Encryption of what IndexedDB keeps, in a module of its own: whoever does not use it does not load it. */
import { withEntry } from "./indexed-db.ts";
import type { Seal } from "./indexed-db-store.ts";

export type { Seal, SealedRecord } from "./indexed-db-store.ts";

const algorithm = "AES-GCM";

interface Box {
	readonly iv: Uint8Array<ArrayBuffer>;
	readonly data: ArrayBuffer;
}

/** The first tab to write one decides; the others take what is there. */
async function deviceKey(name: string): Promise<CryptoKey> {
	const keyName = `${name}:key`;
	const isKey = (value: unknown): value is CryptoKey =>
		value instanceof CryptoKey;
	const there = await withEntry("readonly", keyName, (value) => value);
	if (isKey(there)) return there;
	const fresh = await crypto.subtle.generateKey(
		{ name: algorithm, length: 256 },
		false,
		["encrypt", "decrypt"],
	);
	return withEntry("readwrite", keyName, (value, entries) => {
		if (isKey(value)) return value;
		entries.put(fresh, keyName);
		return fresh;
	});
}

/**
 * AES-GCM with a key that the browser keeps and no script can export: what is copied from the disk or out of the database
 * is of no use elsewhere. Script in this origin can still use the key, so this is no protection from XSS.
 *
 * Needs a secure context (HTTPS or localhost). What it cannot open, after the key was lost say, counts as signed out.
 */
export function deviceSeal(): Seal {
	/** Binds the tokens to their stamp: an old box does not open under a newer one. */
	const parameters = (
		iv: Box["iv"],
		{ protocol, epoch, generation }: Parameters<Seal["seal"]>[0],
	): AesGcmParams => ({
		name: algorithm,
		iv,
		additionalData: new TextEncoder().encode(
			JSON.stringify([protocol, epoch, generation]),
		),
	});
	return {
		async seal(record, name) {
			const iv = crypto.getRandomValues(new Uint8Array(12));
			const data = await crypto.subtle.encrypt(
				parameters(iv, record),
				await deviceKey(name),
				new TextEncoder().encode(JSON.stringify(record)),
			);
			return {
				...record,
				access: null,
				refresh: null,
				user: null,
				sealed: { iv, data } satisfies Box,
			};
		},
		async open(record, name) {
			const { iv, data } = record.sealed as Box;
			const text = await crypto.subtle.decrypt(
				parameters(iv, record),
				await deviceKey(name),
				data,
			);
			return JSON.parse(new TextDecoder().decode(text));
		},
	};
}
