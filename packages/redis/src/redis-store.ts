import {
	AuthError,
	defineStore,
	isAuthError,
	type SessionRecord,
	type SessionStore,
	type Stamp,
} from "@keyturn/core";
import { decrypt, encrypt } from "./encryption.ts";
import { createLink, isNewer, type Link } from "./link.ts";
import type { RedisAuthOptions } from "./redis-auth-options.ts";
import { runScript } from "./script.ts";
import { readScript, restoreScript, swapScript } from "./scripts.ts";

/** Version of the layout in Redis; see scripts.ts. */
const schema = 1;

/** A sign-out is remembered for this long, and no memory older than this puts a session back. */
const dayMs = 86_400_000;

const firstRetryMs = 500;
const lastRetryMs = 30_000;

const isUnavailable = (error: unknown): boolean =>
	isAuthError(error) && error.code === "unavailable";

const unreadable = (): AuthError =>
	new AuthError("port-failed", { detail: "the record cannot be read" });

/**
 * A session in Redis that is compared and set in one step.
 * @throws AuthError `invalid-option`, naming the option
 */
export function redisStore(options: RedisAuthOptions): SessionStore {
	return storeOn(createLink(options));
}

export function storeOn(link: Link): SessionStore {
	const { recordKey, leaseKey, channel, encryption } = link;
	const keys = [recordKey, leaseKey];
	/** A pair that Redis has not taken yet. */
	let owed: Stamp | null = null;
	let retryMs = firstRetryMs;
	let retry: ReturnType<typeof setTimeout> | undefined;

	const stopRetry = (): void => {
		clearTimeout(retry);
		retry = undefined;
	};

	/** The session is asked to look; it finds itself ahead of the record, and writes again. */
	const retryLater = (): void => {
		if (!owed || retry || !link.listeners.size) return;
		retry = setTimeout(() => {
			retry = undefined;
			link.hint();
		}, retryMs);
		// nobody waits for it: it must not keep a process alive (Node; other runtimes give a number)
		(retry as { unref?: () => void }).unref?.();
		retryMs = Math.min(retryMs * 2, lastRetryMs);
	};

	const see = (record: SessionRecord, ageMs: number, isOwn: boolean): void => {
		link.sight = { record, isOwn, ageMs, atMs: link.nowMs() };
		if (owed && !isNewer(owed, record)) {
			owed = null;
			retryMs = firstRetryMs;
			stopRetry();
		}
	};

	const placeOf = ({ epoch, generation }: Stamp): string =>
		`${recordKey} ${epoch}:${generation}`;

	const seal = async (record: SessionRecord): Promise<string> => {
		const text = JSON.stringify(record);
		return encryption ? encrypt(text, placeOf(record), encryption) : text;
	};

	const unseal = async (text: string, stamp: Stamp): Promise<SessionRecord> => {
		const json = encryption
			? await decrypt(text, placeOf(stamp), encryption)
			: text;
		let record: SessionRecord | null = null;
		try {
			record = JSON.parse(json);
		} catch {
			// its message would quote the record (B108)
		}
		if (record?.epoch !== stamp.epoch || record.generation !== stamp.generation)
			throw unreadable();
		return record;
	};

	const ttlOf = (
		{ access, refresh, lifetimeMs }: SessionRecord,
		ageMs: number,
	): number => {
		if (access === null) return dayMs;
		const leftMs = Math.max((lifetimeMs ?? 0) - ageMs, 0);
		const isRenewable = refresh !== null || lifetimeMs === null;
		return Math.ceil(Math.max(leftMs, isRenewable ? link.ttlMs : 1_000));
	};

	/** What this process may put back: a live record, seen so lately that a sign-out since would still be marked. */
	const restorable = () => {
		const { sight } = link;
		return link.isRestoring &&
			sight &&
			sight.record.access !== null &&
			link.nowMs() - sight.atMs < dayMs
			? sight
			: null;
	};

	link.restore = async () => {
		const sight = restorable();
		if (!sight) return false;
		const { record, atMs } = sight;
		const ageMs = Math.round(sight.ageMs + link.nowMs() - atMs);
		await runScript(link.send, restoreScript, keys, [
			schema,
			record.epoch,
			record.generation,
			ageMs,
			await seal(record),
			ttlOf(record, ageMs),
			link.leaseMs,
			link.lease?.value ?? "",
			channel,
			link.messageOf(record),
		]);
		return true;
	};

	const readOnce = async (): Promise<SessionRecord | null> => {
		const { lease } = link;
		const [version, epoch, generation, age, text, doubt, isLost] =
			(await runScript(link.send, readScript, keys, [
				schema,
				lease?.value ?? "",
			])) as unknown[];
		if (lease && (Number(isLost) || link.nowMs() >= lease.endsAtMs))
			throw new AuthError("unavailable", { detail: "the lease is over" });
		if (!Number(epoch)) {
			if (!(await link.restore())) {
				link.sight = null;
				return null;
			}
			// the lease that was lost with the record may still be at work
			if (lease)
				throw new AuthError("unavailable", {
					detail: "redis: the record was lost",
				});
			return readOnce();
		}
		if (Number(version) > schema)
			throw new AuthError("port-failed", {
				detail: "the record is of a newer version",
			});
		const record = await unseal(String(text), {
			epoch: Number(epoch),
			generation: Number(generation),
		});
		const ageMs = Math.max(Number(age), 0);
		see(record, ageMs, false);
		// who only looks need not know: the holder of the lease may be about to tell
		return { ...record, ageMs, isInDoubt: !!lease && Number(doubt) === 1 };
	};

	return defineStore({
		async read() {
			const { lease } = link;
			try {
				return await readOnce();
			} catch (error) {
				retryLater();
				const { sight } = link;
				if (!link.isLocalAllowed || lease || !sight || !isUnavailable(error))
					throw error;
				const { record, ageMs, atMs } = sight;
				return { ...record, ageMs: ageMs + link.nowMs() - atMs };
			} finally {
				for (const reader of [...link.readers]) reader();
			}
		},
		async swap(expected, next) {
			const { lease } = link;
			const ageMs =
				next.access === null
					? 0
					: Math.max(Math.round(Date.now() - next.receivedAtMs), 0);
			try {
				const known = restorable()?.record;
				const result = Number(
					await runScript(
						link.send,
						swapScript,
						[recordKey],
						[
							schema,
							expected?.epoch ?? "",
							expected?.generation ?? "",
							next.epoch,
							next.generation,
							ageMs,
							next.access === null ? 0 : 1,
							await seal(next),
							ttlOf(next, ageMs),
							known &&
							known.epoch === expected?.epoch &&
							known.generation === expected.generation
								? 1
								: 0,
							channel,
							link.messageOf(next),
						],
					),
				);
				if (result < 0)
					throw new AuthError("port-failed", {
						detail: "the record is of a newer version",
					});
				if (result === 1) see(next, ageMs, true);
				return result === 1;
			} catch (error) {
				if (lease) lease.hasFailedWrite = true;
				if (isUnavailable(error)) {
					owed = next;
					retryLater();
				}
				throw error;
			}
		},
		subscribe(listener) {
			// a function of its own, so that the same listener can subscribe twice
			const call = () => listener();
			link.listeners.add(call);
			const stop = link.attend();
			return () => {
				if (!link.listeners.delete(call)) return;
				stop();
				if (!link.listeners.size) stopRetry();
			};
		},
	});
}
