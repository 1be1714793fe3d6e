import {
	AuthError,
	defineStore,
	isAuthError,
	type SessionRecord,
	type SessionStore,
} from "@keyturn/core";
import { createLink, type Link } from "./link.ts";
import { createOwedPair } from "./owed-pair.ts";
import { seal, tombstoneMs, ttlOf, unseal } from "./record-text.ts";
import type { RedisAuthOptions } from "./redis-auth-options.ts";
import { runScript } from "./script.ts";
import { readScript, restoreScript, swapScript } from "./scripts.ts";

/** Version of the layout in Redis; see scripts.ts. */
const schema = 1;

const isUnavailable = (error: unknown): boolean =>
	isAuthError(error) && error.code === "unavailable";

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
	const owed = createOwedPair(link);

	const see = (record: SessionRecord, ageMs: number, isOwn: boolean): void => {
		link.sight = { record, isOwn, ageMs, atMs: link.nowMs() };
		owed.seen(record);
	};

	/** What this process may put back: a live record, seen so lately that a sign-out since would still be marked. */
	const restorable = () => {
		const { sight } = link;
		return link.isRestoring &&
			sight &&
			sight.record.access !== null &&
			link.nowMs() - sight.atMs < tombstoneMs
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
			await seal(record, recordKey, encryption),
			ttlOf(record, ageMs, link.ttlMs),
			link.leaseMs,
			link.lease?.value ?? "",
			channel,
			link.messageOf(record),
		]);
		return true;
	};

	const readOnce = async (isAgain: boolean): Promise<SessionRecord | null> => {
		const { lease } = link;
		const [version, epoch, generation, age, text, doubt, isLost] =
			(await runScript(link.send, readScript, keys, [
				schema,
				lease?.value ?? "",
			])) as unknown[];
		if (lease && (Number(isLost) || link.nowMs() >= lease.endsAtMs))
			throw new AuthError("unavailable", { detail: "the lease is over" });
		if (!Number(version)) {
			if (!(await link.restore())) {
				link.sight = null;
				return null;
			}
			// the lease that was lost with the record may still be at work
			if (lease || isAgain)
				throw new AuthError("unavailable", {
					detail: "redis: the record was lost",
				});
			return readOnce(true);
		}
		if (Number(version) > schema)
			throw new AuthError("port-failed", {
				detail: "the record is of a newer version",
			});
		const record = await unseal(
			String(text),
			{ epoch: Number(epoch), generation: Number(generation) },
			recordKey,
			encryption,
		);
		const ageMs = Math.max(Number(age), 0);
		see(record, ageMs, false);
		// who only looks need not know: the holder of the lease may be about to tell
		return { ...record, ageMs, isInDoubt: !!lease && Number(doubt) === 1 };
	};

	return defineStore({
		async read() {
			const { lease } = link;
			try {
				return await readOnce(false);
			} catch (error) {
				owed.retryLater();
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
							await seal(next, recordKey, encryption),
							ttlOf(next, ageMs, link.ttlMs),
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
				if (isUnavailable(error)) owed.owe(next);
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
				if (!link.listeners.size) owed.stop();
			};
		},
	});
}
