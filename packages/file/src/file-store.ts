import { randomUUID } from "node:crypto";
import {
	closeSync,
	fsyncSync,
	mkdirSync,
	openSync,
	readdirSync,
	readFileSync,
	renameSync,
	rmSync,
	watch,
	writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import {
	AuthError,
	defineStore,
	isAuthError,
	type SessionRecord,
	type SessionStore,
	type Stamp,
} from "@keyturn/core";
import {
	createFileLink,
	type FileAuthOptions,
	type FileLease,
	type FileLink,
} from "./file-link.ts";
import { fileError, waitForLock } from "./wait-for-lock.ts";

const schema = 1;

/** A compare-and-set takes a few milliseconds; the lock around it is over sooner than the lease of a refresh. */
const swapLeaseMs = 5_000;

/**
 * A session in one file of JSON, readable by its owner only (0600). Reading is synchronous, so that a command line knows
 * at once whether it is signed in; writing replaces the file as a whole, so that a crash leaves the old or the new one.
 * @throws AuthError `invalid-option`, naming the option
 */
export function fileStore(options: FileAuthOptions): SessionStore {
	return storeOn(createFileLink(options));
}

const stampOf = ({ epoch, generation }: Stamp): string =>
	`${epoch}:${generation}`;

export function storeOn(link: FileLink): SessionStore {
	const { path } = link;

	const load = (): SessionRecord | null => {
		let text: string;
		try {
			text = readFileSync(path, "utf8");
		} catch (error) {
			if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
			throw fileError(error);
		}
		// made by `touch`, to set an owner
		if (text === "") return null;
		let record: Partial<SessionRecord> | null = null;
		try {
			record = JSON.parse(text);
		} catch {
			// its message would quote the file (B108)
		}
		// not ours, or not whole: neither used nor overwritten (B72)
		if (
			typeof record !== "object" ||
			!Number.isSafeInteger(record?.epoch) ||
			!Number.isSafeInteger(record?.generation)
		)
			throw new AuthError("port-failed", {
				detail: "the record cannot be read",
			});
		if (Number(record?.schema) > schema)
			throw new AuthError("port-failed", {
				detail: "the record is of a newer version",
			});
		return record as SessionRecord;
	};

	const save = (record: SessionRecord, isStillOurs: () => boolean): void => {
		const temporary = `${path}.new-${randomUUID()}`;
		// of those who died here, or have lost the lock: there are tokens in them
		for (const name of readdirSync(dirname(path)))
			if (name.startsWith(`${basename(path)}.new-`))
				rmSync(join(dirname(path), name), { force: true });
		try {
			const file = openSync(temporary, "wx", 0o600);
			try {
				// all of it: writeSync gives up without a word where the disk is full in the middle
				writeFileSync(file, JSON.stringify(record));
				fsyncSync(file);
			} finally {
				closeSync(file);
			}
			// frozen for longer than the lock lasts: somebody else may have written
			if (!isStillOurs())
				throw new AuthError("unavailable", { detail: "the lock is over" });
			renameSync(temporary, path);
		} catch (error) {
			rmSync(temporary, { force: true });
			throw error;
		}
		try {
			// the new name, too, survives a power cut
			const directory = openSync(dirname(path), "r");
			fsyncSync(directory);
			closeSync(directory);
		} catch {
			// not on every system
		}
	};

	/** What a holder of the lease reads, it may spend. */
	const spend = (
		record: SessionRecord | null,
		lease: FileLease,
	): SessionRecord | null => {
		if (link.nowMs() >= lease.endsAtMs || lease.lock.isLost())
			throw new AuthError("unavailable", { detail: "the lease is over" });
		if (!record || record.access === null) return record;
		// from here on the refresh token may be on its way to the server (B63)
		const stamp = stampOf(record);
		const { inherited } = lease.lock;
		if (!lease.hasWritten) lease.lock.note(stamp);
		return {
			...record,
			isInDoubt:
				!lease.hasWritten && (inherited === stamp || inherited === "?"),
		};
	};

	return defineStore({
		read() {
			const record = load();
			try {
				return link.lease ? spend(record, link.lease) : record;
			} catch (error) {
				throw isAuthError(error) ? error : fileError(error);
			}
		},
		async swap(expected, next) {
			const { lease } = link;
			try {
				mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
				const lock = await waitForLock(`${path}.lock`, {
					leaseMs: swapLeaseMs,
					waitMs: swapLeaseMs,
					nowMs: link.nowMs,
				});
				const startMs = link.nowMs();
				try {
					const current = load();
					if (
						current?.epoch !== expected?.epoch ||
						current?.generation !== expected?.generation
					)
						return false;
					save(
						next,
						() => link.nowMs() - startMs < swapLeaseMs && !lock.isLost(),
					);
				} finally {
					lock.release();
				}
				if (lease) lease.hasWritten = true;
				return true;
			} catch (error) {
				if (lease) lease.hasFailedWrite = true;
				throw isAuthError(error) ? error : fileError(error);
			}
		},
		subscribe(listener) {
			try {
				mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
				// the folder: the file is another one after each write. Not persistent: it keeps no process alive.
				const watcher = watch(
					dirname(path),
					{ persistent: false },
					(_, name) => {
						if (name === basename(path) || name === null) listener();
					},
				);
				watcher.on("error", () => watcher.close());
				return () => watcher.close();
			} catch {
				// only a hint: without it the file is read when the session is renewed
				return () => {};
			}
		},
	});
}
