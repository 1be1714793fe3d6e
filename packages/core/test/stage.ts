/**
 * What the fault tests play on: devices whose clocks and timers move only when told to, a small authority, stores and
 * locks that can be slow or fail. The core's own, since the packages that offer more of this are built on core.
 */
import {
	type AbortSignalLike,
	type Auth,
	type AuthOptions,
	type Coordinator,
	createAuth,
	defineProtocol,
	type HttpResponse,
	type Platform,
	type Protocol,
	type ProtocolDescription,
	type RefreshDescription,
	type SessionRecord,
	type Stamp,
	type Store,
} from "../src/index.ts";

/** Wall clock at the start, ms since the Unix epoch. */
export const startMs = 1_800_000_000_000;
export const apiUrl = "https://api.test/orders";
export const lifetimeMs = 60_000;
/** Default windows of that lifetime: a fifth and a twentieth of it before its end. Without jitter: chance gives 0. */
export const shouldRefreshAfterMs = 48_000;
export const mustRefreshAfterMs = 57_000;

export interface User {
	readonly name: string;
}

interface Timer {
	readonly atMs: number;
	readonly isBackground: boolean;
	run(): void;
}

export interface Sent {
	readonly path: string;
	readonly atMs: number;
	/** The token that it presented, or the name that signs in. */
	readonly subject: string;
	/** Answers by hand. */
	answer(status: number, body: unknown, headers?: Record<string, string>): void;
	/** The connection breaks. */
	fail(error?: unknown): void;
}

/** How far its clocks are off, ms. */
export interface Device extends Platform {
	wallOffsetMs: number;
	monotonicOffsetMs: number;
}

export type Answer = (sent: Sent) => void;

export const refreshDescription: RefreshDescription<User> = {
	path: "/refresh",
	body: ({ refresh }) => ({ subject: refresh }),
	rejectedStatuses: [401],
};

const description: ProtocolDescription<User, User> = {
	name: "stage",
	baseUrl: "https://api.test",
	signIn: { path: "/sign-in", body: ({ name }) => ({ subject: name }) },
	refresh: refreshDescription,
	signOut: { path: "/sign-out", body: ({ refresh }) => ({ subject: refresh }) },
	read: ({ access, refresh, lifetimeMs, name }) =>
		typeof access === "string"
			? {
					type: "ok",
					access,
					refresh: refresh as string | null,
					lifetimeMs: lifetimeMs as number | null,
					...(typeof name === "string" && { user: { name } }),
				}
			: null,
};

/** Lets everything settle that waits for no timer. */
export const flush = async (): Promise<void> => {
	for (let turn = 0; turn < 3; turn++)
		await new Promise((resolve) => setImmediate(resolve));
};

export function createStage(
	changes: Partial<ProtocolDescription<User, User>> = {},
) {
	let elapsedMs = 0;
	const timers = new Set<Timer>();
	const sent: Sent[] = [];
	const pairs = new Map<string, { name: string; number: number }>();
	/** By used refresh token: what it was answered with, and when. */
	const used = new Map<string, { answer: unknown; atMs: number }>();
	let signIns = 0;
	let answer: Answer = (item) => stage.serve(item);
	const opened: Auth<User, User>[] = [];
	const protocol: Protocol<User, User> = defineProtocol({
		...description,
		...changes,
	});

	const issue = (family: string, name: string, number: number) => {
		pairs.set(`refresh-${family}.${number}`, { name, number });
		return {
			access: `access-${family}.${number}`,
			refresh: `refresh-${family}.${number}`,
			lifetimeMs: stage.lifetimeMs,
			name,
		};
	};

	const stage = {
		protocol,
		/** What the authority says of its tokens. */
		lifetimeMs: lifetimeMs as unknown,
		/** `false`: each refresh gives a new access token and the same refresh token. */
		isRotating: true,
		/** For how long it answers a used refresh token alike. */
		reuseMs: 0,
		/** Everything that was sent, in order. */
		sent,
		/** `sent` to one path. */
		to: (path: string) => sent.filter((item) => item.path === path),
		get timers() {
			return [...timers].sort((a, b) => a.atMs - b.atMs);
		},
		elapsedMs: () => elapsedMs,

		/** The authority as it should be: pairs rotate, and a used refresh token ends its family. */
		serve({ path, subject, answer }: Sent): void {
			const pair = pairs.get(subject);
			const family = /-(.*)\./.exec(subject)?.[1] ?? `${subject}${signIns + 1}`;
			const forget = (tokens: Map<string, unknown>) => {
				for (const token of tokens.keys())
					if (token.startsWith(`refresh-${family}.`)) tokens.delete(token);
			};
			const end = () => {
				forget(pairs);
				forget(used);
			};
			const before = used.get(subject);
			if (path === "/sign-in") {
				signIns++;
				answer(200, issue(family, subject, 1));
			} else if (path === "/sign-out") {
				end();
				answer(200, {});
			} else if (pair && !stage.isRotating) {
				const next = issue(family, pair.name, pair.number + 1);
				pairs.delete(next.refresh);
				pairs.set(subject, { ...pair, number: pair.number + 1 });
				answer(200, { ...next, refresh: subject });
			} else if (pair) {
				const next = issue(family, pair.name, pair.number + 1);
				// only the parent of the newest pair is answered again
				forget(used);
				used.set(subject, { answer: next, atMs: elapsedMs });
				pairs.delete(subject);
				answer(200, next);
			} else if (before && elapsedMs < before.atMs + stage.reuseMs) {
				answer(200, before.answer);
			} else {
				// a used token: whoever shows it may be a thief
				end();
				answer(401, {});
			}
		},
		/** The authority acts on a request now. @returns lets the answer arrive */
		reach(item: Sent): () => void {
			let arrive = (): void => {};
			stage.serve({
				...item,
				answer: (...given) => {
					arrive = () => item.answer(...given);
				},
			});
			return () => arrive();
		},
		/** As {@link reach}, of the last request to a path. */
		reachLast(path: string): () => void {
			const item = stage.to(path).at(-1);
			if (!item) throw new Error(`nothing was sent to ${path}`);
			return stage.reach(item);
		},
		/** From now on. Default: as it should be. */
		answerWith(next: Answer): void {
			answer = next;
		},
		/** From now on each request waits to be answered by hand. */
		hold(): void {
			answer = () => {};
		},
		serveAgain(): void {
			answer = (item) => stage.serve(item);
		},

		/** A device. Its clocks can be wrong; its timers fire when `advance` gets there. */
		platform(changes: Partial<Platform> = {}): Device {
			const platform: Device = {
				wallOffsetMs: 0,
				monotonicOffsetMs: 0,
				nowMs: () => startMs + elapsedMs + platform.wallOffsetMs,
				monotonicMs: () => elapsedMs + platform.monotonicOffsetMs,
				schedule(delayMs, run, { isBackground }) {
					if (!(delayMs >= 0 && delayMs < 2 ** 31))
						throw new RangeError(`a timer of ${delayMs} ms`);
					const timer = { atMs: elapsedMs + delayMs, run, isBackground };
					timers.add(timer);
					return () => {
						timers.delete(timer);
					};
				},
				random: () => 0,
				send: ({ url, body }) =>
					new Promise<HttpResponse>((resolve, reject) => {
						const item: Sent = {
							path: new URL(url).pathname,
							atMs: elapsedMs,
							subject: JSON.parse(body ?? "{}").subject,
							answer: (status, content, headers = {}) =>
								resolve({
									status,
									headers,
									body:
										typeof content === "string"
											? content
											: JSON.stringify(content),
								}),
							fail: (error = new TypeError("fetch failed")) => reject(error),
						};
						sent.push(item);
						answer(item);
					}),
				...changes,
			};
			return platform;
		},

		/** A session on a device of its own. */
		open(options: Partial<AuthOptions<User, User>> = {}): Auth<User, User> {
			const auth = createAuth<User, User>({
				protocol,
				platform: stage.platform(),
				...options,
			});
			opened.push(auth);
			return auth;
		},
		async signedIn(
			options: Partial<AuthOptions<User, User>> = {},
			name = "ann",
		): Promise<Auth<User, User>> {
			const auth = stage.open(options);
			await auth.signIn({ name });
			return auth;
		},

		/** Timers fire at their time; everything that they set going settles before the next. */
		async advance(ms: number): Promise<void> {
			const endMs = elapsedMs + ms;
			for (;;) {
				await flush();
				const [next] = stage.timers;
				if (!next || next.atMs > endMs) break;
				timers.delete(next);
				elapsedMs = Math.max(elapsedMs, next.atMs);
				next.run();
			}
			elapsedMs = endMs;
			await flush();
		},
		/** Time passes without a timer, as in a frozen tab; those that fell due then fire together. */
		async skip(ms: number): Promise<void> {
			elapsedMs += ms;
			await stage.advance(0);
		},
		close(): void {
			for (const auth of opened) auth.close();
		},
	};
	return stage;
}

export type Stage = ReturnType<typeof createStage>;

/** Settles with what became of it, so that a test can look before and after. */
export function outcomeOf<T>(promise: T | Promise<T>): {
	readonly isSettled: boolean;
	readonly value: T | undefined;
	/** Code of the AuthError, or what it rejected with. */
	readonly error: unknown;
} {
	const outcome = {
		isSettled: false,
		value: undefined as T | undefined,
		error: undefined as unknown,
	};
	Promise.resolve(promise).then(
		(value) => Object.assign(outcome, { isSettled: true, value }),
		(error) =>
			Object.assign(outcome, { isSettled: true, error: error?.code ?? error }),
	);
	return outcome;
}

/** The token of a grant, without its scheme. */
export const tokenOf = (grant: unknown): string | undefined =>
	(grant as { headers?: [string, string][] } | null)?.headers?.[0]?.[1].slice(
		7,
	);

const isSame = (a: Stamp | null, b: Stamp | null): boolean =>
	a?.epoch === b?.epoch && a?.generation === b?.generation;

export interface RecordStore extends Store {
	record: SessionRecord | null;
	/** Every record that was ever there. */
	readonly written: SessionRecord[];
	/** Thrown by operations of that name. */
	fault: { read?: Error; swap?: Error };
	/** What each operation waits for; without it, it answers at once. */
	pause: (() => Promise<void>) | undefined;
	/** Who hears of writes. */
	readonly listeners: Set<() => void>;
	hasHints: boolean;
	tell(): void;
}

/** A store that several sessions share, and that can be slow or fail. Wrap it in `defineStore`. */
export function createRecordStore(): RecordStore {
	const then = <T>(operation: () => T): T | Promise<T> =>
		store.pause ? store.pause().then(operation) : operation();
	const store: RecordStore = {
		record: null,
		written: [],
		fault: {},
		pause: undefined,
		listeners: new Set(),
		hasHints: true,
		tell() {
			if (store.hasHints)
				for (const listener of [...store.listeners]) listener();
		},
		read: () =>
			then(() => {
				if (store.fault.read) throw store.fault.read;
				return store.record;
			}),
		swap: (expected, next) =>
			then(() => {
				if (store.fault.swap) throw store.fault.swap;
				if (!isSame(store.record, expected)) return false;
				store.record = next;
				store.written.push(next);
				store.tell();
				return true;
			}),
		subscribe(listener) {
			store.listeners.add(listener);
			return () => {
				store.listeners.delete(listener);
			};
		},
	};
	return store;
}

/** One at a time, in order; patience by the stage's clock. */
export function createLock(stage: Stage): Coordinator & {
	readonly waiting: number;
	isHeld: boolean;
} {
	const queue: (() => void)[] = [];
	const { schedule } = stage.platform();
	const lock = {
		isHeld: false,
		get waiting() {
			return queue.length;
		},
		async exclusive<T>(
			_name: string,
			work: () => Promise<T>,
			{ signal, waitMs }: { signal: AbortSignalLike; waitMs: number },
		): Promise<T> {
			if (lock.isHeld)
				await new Promise<void>((resolve, reject) => {
					const leave = () => {
						queue.splice(queue.indexOf(resolve), 1);
						cancel();
						reject(new Error("no lock"));
					};
					const cancel = schedule(waitMs, leave, { isBackground: false });
					queue.push(() => {
						cancel();
						resolve();
					});
					signal.addEventListener("abort", leave);
				});
			lock.isHeld = true;
			try {
				return await work();
			} finally {
				lock.isHeld = false;
				queue.shift()?.();
			}
		},
	};
	return lock;
}
