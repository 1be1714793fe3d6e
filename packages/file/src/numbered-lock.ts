import { randomUUID } from "node:crypto";
import {
	closeSync,
	linkSync,
	mkdirSync,
	openSync,
	readdirSync,
	readFileSync,
	readlinkSync,
	statSync,
	unlinkSync,
	writeFileSync,
	writeSync,
} from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";

/** Why a lock was not given. */
export interface Busy {
	/** Who has it: the same text for as long as it is the same holder. */
	readonly holder: string;
	/** Until its lease is over, ms, by the clock of the file system; never below 0. */
	readonly leftMs: number;
	/** How long that lease is, ms: its holder's word, which need not be ours. */
	readonly leaseMs: number;
}

export interface HeldLock {
	/** Rises with every holder. */
	readonly number: number;
	/** What the last holder left behind, and could not take back: see {@link note}. `"?"`: it cannot be read. */
	readonly inherited: string | null;
	/** Leaves a word for the next holder, in case this one never gives the lock back. */
	note(text: string | null): void;
	/** Somebody else has it by now, since the lease was over; or it was deleted by hand, and anybody may have it. */
	isLost(): boolean;
	/** Gives it back with the last {@link note} still on it. Does nothing when it is lost. */
	release(): void;
}

interface Entry {
	/** `null`: it was given back. */
	readonly pid: number | null;
	/** Where that number means something. */
	readonly where: string;
	readonly value: string;
	readonly leaseMs: number;
	readonly note: string | null;
}

/** A process number means something on this host only, and in a container in that container only. */
const here = (): string => {
	let namespace = "";
	try {
		namespace = readlinkSync("/proc/self/ns/pid");
	} catch {
		// not Linux
	}
	return `${hostname()} ${namespace}`;
};

const isAlive = (pid: number): boolean => {
	try {
		process.kill(pid, 0);
		return true;
	} catch (error) {
		// EPERM: alive, and another user's
		return (error as NodeJS.ErrnoException).code !== "ESRCH";
	}
};

const parse = (text: string): Entry | null => {
	try {
		const entry = JSON.parse(text) as Entry;
		return typeof entry.value === "string" ? entry : null;
	} catch {
		return null;
	}
};

const orNull = <T>(call: () => T): T | null => {
	try {
		return call();
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
		throw error;
	}
};

/** Of a process that died before it could name its file; a living one takes milliseconds. */
const isLeftOver = (path: string): boolean =>
	/new-[^/\\]*$/.test(path) &&
	Date.now() - (orNull(() => statSync(path))?.mtimeMs ?? 0) > 60_000;

/**
 * A lock that survives the crash of its holder: a folder of numbered files, of which the highest is the lock. It is
 * taken by creating the next number, which the file system gives to one only, and never by deleting: so two that find the
 * same dead holder cannot both get in, as they can where a stale lock file is removed first.
 *
 * Free is a lock that was given back, whose process is gone, or whose lease is over.
 * @param overdue `holder` of a {@link Busy} that the caller has itself watched for as long as its lease; a clock that was set
 * back cannot keep that one in
 */
export function tryLock(
	directory: string,
	leaseMs: number,
	overdue: string | null = null,
): HeldLock | Busy {
	mkdirSync(directory, { recursive: true, mode: 0o700 });
	const numbers = () =>
		readdirSync(directory)
			.filter((name) => /^\d+$/.test(name))
			.map(Number);
	const fileOf = (number: number) => join(directory, `${number}`);

	const last = Math.max(0, ...numbers());
	let inherited: string | null = null;
	if (last) {
		const text = orNull(() => readFileSync(fileOf(last), "utf8"));
		const stat = orNull(() => statSync(fileOf(last)));
		// somebody is faster
		if (text === null || !stat)
			return { holder: `${last}`, leftMs: 0, leaseMs };
		const entry = parse(text);
		const holder = `${last} ${entry?.value}`;
		// a file that nobody here wrote
		const lasts = entry?.leaseMs ?? leaseMs;
		const leftMs = Math.max(stat.mtimeMs + lasts - Date.now(), 0);
		const isFree =
			entry &&
			(entry.pid === null || (entry.where === here() && !isAlive(entry.pid)));
		if (!isFree && leftMs > 0 && holder !== overdue)
			return { holder, leftMs, leaseMs: lasts };
		inherited = entry ? entry.note : "?";
	}

	const number = last + 1;
	const value = randomUUID();
	const textOf = (pid: number | null, note: string | null): string =>
		JSON.stringify({
			pid,
			where: here(),
			value,
			leaseMs,
			note,
		} satisfies Entry)
			// one length, so that it can be written over in one step, and a crash leaves the old or the new one
			.padEnd(512);
	// written first and named afterwards: a crash in between leaves nothing that would have to be waited for
	const unnamed = join(directory, `new-${value}`);
	writeFileSync(unnamed, textOf(process.pid, inherited), { mode: 0o600 });
	try {
		linkSync(unnamed, fileOf(number));
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
		return { holder: `${number}`, leftMs: 0, leaseMs };
	} finally {
		unlinkSync(unnamed);
	}
	// numbers below the highest are deleted: so a slow one could create a number that has long been passed
	if (numbers().some((other) => other > number)) {
		orNull(() => unlinkSync(fileOf(number)));
		return { holder: `${number}`, leftMs: 0, leaseMs };
	}
	for (const name of readdirSync(directory))
		if (Number(name) < number || isLeftOver(join(directory, name)))
			orNull(() => unlinkSync(join(directory, name)));

	let noted = inherited;
	const rewrite = (pid: number | null): void => {
		// not created anew: a lock that was lost has been deleted by the next holder
		const file = orNull(() => openSync(fileOf(number), "r+"));
		if (file === null) return;
		try {
			writeSync(file, textOf(pid, noted), 0);
		} finally {
			closeSync(file);
		}
	};
	return {
		number,
		inherited,
		note(text) {
			noted = text;
			rewrite(process.pid);
		},
		isLost: () => Math.max(0, ...(orNull(numbers) ?? [])) !== number,
		release: () => rewrite(null),
	};
}

export const isHeld = (lock: HeldLock | Busy): lock is HeldLock =>
	"number" in lock;
