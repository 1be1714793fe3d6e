import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isAuthError, type SessionRecord } from "@keyturn/core";
import { afterAll } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "keyturn-file-"));
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;
/** In a folder of its own, which is not there yet. */
export const newPath = () => join(folder, `${++files}`, "session.json");

export const recordOf = (
	generation: number,
	change: Partial<SessionRecord> = {},
): SessionRecord => ({
	schema: 1,
	protocol: "test",
	epoch: 1,
	generation,
	access: "cAnArY-access",
	refresh: "cAnArY-refresh",
	receivedAtMs: 0,
	signedInAtMs: 0,
	lifetimeMs: null,
	isPasswordExpired: false,
	user: null,
	...change,
});

export const patience = {
	signal: new AbortController().signal,
	waitMs: 60_000,
};

export const codeOf = async (call: () => unknown): Promise<unknown> => {
	try {
		return await call();
	} catch (error) {
		return isAuthError(error) ? `${error.code}: ${error.detail}` : error;
	}
};
