/** One of several processes that share a file; see processes.test.ts. */
import { once } from "node:events";
import { createAuth, isAuthError, type SessionRecord } from "@keyturn/core";
import { createAuthFetch, webPlatform } from "@keyturn/fetch";
import { oauth2 } from "@keyturn/protocols/oauth2";
import { fileAuth, fileStore } from "../src/index.ts";

const [, , task = "", path = "", url = "", leaseMs = "200000", timers = "1"] =
	process.argv;

const next = (
	{ epoch, generation }: SessionRecord,
	access: string,
): SessionRecord => ({
	schema: 1,
	protocol: "test",
	epoch,
	generation: generation + 1,
	access,
	refresh: null,
	receivedAtMs: Date.now(),
	signedInAtMs: Date.now(),
	lifetimeMs: null,
	isPasswordExpired: false,
	user: null,
});

const tasks: Record<string, () => Promise<unknown>> = {
	/** Counts up by compare-and-set, as often as it is told; says how often it was refused. Begins when it is told. */
	async count() {
		process.send?.("started");
		await once(process, "message");
		const store = fileStore({ path });
		let refused = 0;
		for (let left = Number(url); left > 0; ) {
			const record = (await store.read()) as SessionRecord;
			// the lock is kept for 5 s at most, and waited for as long: a machine that is busy for longer is a refusal too
			const hasWritten = await Promise.resolve(
				store.swap(record, next(record, `${process.pid}`)),
			).catch((error: unknown) => {
				if (isAuthError(error) && error.code === "unavailable") return false;
				throw error;
			});
			if (hasWritten) left--;
			else refused++;
		}
		return refused;
	},
	/** Replaces the record by one with so many letters in it; says how that went. */
	async write() {
		const store = fileStore({ path });
		const record = (await store.read()) as SessionRecord;
		const long = { ...next(record, "long"), user: "x".repeat(Number(url)) };
		try {
			return await store.swap(record, long);
		} catch (error) {
			return isAuthError(error) ? error.detail : String(error);
		}
	},
	/**
	 * One run of a command line: uses the session, once. Has the patience of a busy machine; its timers take so many times
	 * longer, for a back-off that another process surely comes before.
	 */
	async request() {
		const web = webPlatform({ sendTimeoutMs: 300_000 });
		const file = fileAuth({ path, leaseMs: Number(leaseMs) });
		using auth = createAuth({
			protocol: oauth2({
				baseUrl: url,
				tokenUrl: "/oauth/token",
				grant: "password",
				clientId: "public",
			}),
			platform: {
				...web,
				schedule: (delayMs, callback, how) =>
					web.schedule(delayMs * Number(timers), callback, how),
			},
			...file,
			refresh: {
				...file.refresh,
				timeoutMs: 100_000,
				deadlineMs: 110_000,
				lockWaitMs: 110_000,
			},
		});
		try {
			const authFetch = createAuthFetch(auth, { auth: "required" });
			const { status } = await authFetch(`${url}/api/me`);
			return status;
		} catch (error) {
			return isAuthError(error) ? error.code : String(error);
		}
	},
};

process.send?.(await tasks[task]?.());
process.disconnect?.();
