/** Several real sessions (tabs of a browser, processes of a fleet) in one virtual world: one store, one lock, one clock. */
import {
	type Auth,
	type AuthOptions,
	createAuth,
	defineStore,
	type Platform,
} from "@keyturn/core";
import type { ApiReply } from "./api-message.ts";
import { createGate, type Gate } from "./gate.ts";
import {
	createSharedLock,
	type SharedLock,
	type SharedLockOptions,
} from "./shared-lock.ts";
import {
	createSharedStore,
	type SharedStore,
	type SharedStoreOptions,
} from "./shared-store.ts";
import { type CallOptions, callApi } from "./simulated-call.ts";
import type { VirtualPlatform } from "./virtual-platform.ts";

export interface SimulatorOptions<Credentials, User>
	extends Omit<
		AuthOptions<Credentials, User>,
		"platform" | "store" | "coordinator" | "signals"
	> {
	/** The world's clock and network, already connected to an authority. */
	readonly platform: VirtualPlatform;
	/** How many clients there are at first. Default 2. */
	readonly clients?: number;
	/** What they share; `null`: nothing, each has its own memory. Default a synchronous store, as `localStorage` is. */
	readonly store?: SharedStoreOptions | null;
	/** `null`: none. Default one without lease, as Web Locks are. */
	readonly lock?: SharedLockOptions | null;
}

/** What came of one API call. */
export interface CallResult {
	readonly reply: ApiReply;
	/** Generation of the token of each sending; 0: it went out bare. */
	readonly generations: readonly number[];
}

export interface SimulatedClient<Credentials = unknown, User = unknown> {
	readonly name: string;
	/** The session of its present life. */
	readonly auth: Auth<Credentials, User>;
	readonly phase: Gate["phase"];
	/** One request of the application: with the token, and once more after a rejection, as the adapters do it. */
	call(url: string, options?: CallOptions): Promise<CallResult>;
	/** A page put to sleep, a process stopped: nothing gets in until it thaws. */
	freeze(): void;
	thaw(): void;
	/** Dies without a word: no timer, no answer, no release of the lock. */
	crash(): void;
	/** Starts anew with what the store holds; dies first if it lives. */
	restart(): void;
	/** Sets this device's wall clock apart from the others', ms. */
	setClockOffset(offsetMs: number): void;
}

export interface Simulator<Credentials = unknown, User = unknown>
	extends Disposable {
	readonly platform: VirtualPlatform;
	readonly clients: readonly SimulatedClient<Credentials, User>[];
	/** `null`: they share none. */
	readonly store: SharedStore | null;
	readonly lock: SharedLock | null;
	/** One client more. */
	join(): SimulatedClient<Credentials, User>;
	/** Closes every session. */
	close(): void;
}

/**
 * For tests of what happens between tabs or processes.
 *
 * @example
 * const platform = virtualPlatform();
 * const api = createOzAuthority(platform.forServer);
 * platform.network.connect(api);
 * const world = createSimulator({ platform, protocol, clients: 3 });
 */
export function createSimulator<Credentials, User>(
	options: SimulatorOptions<Credentials, User>,
): Simulator<Credentials, User> {
	const {
		platform,
		clients: count = 2,
		store: storeOptions = {},
		lock: lockOptions = {},
		...rest
	} = options;
	const store =
		storeOptions &&
		createSharedStore({ delay: platform.delay, ...storeOptions });
	const lock = lockOptions && createSharedLock(platform, lockOptions);
	const clients: SimulatedClient<Credentials, User>[] = [];

	function join(): SimulatedClient<Credentials, User> {
		const name = `client ${clients.length + 1}`;
		let offsetMs = 0;
		let [auth, gate] = live();

		function live(): [Auth<Credentials, User>, Gate] {
			const life = createGate();
			const view: Platform = {
				nowMs: () => platform.nowMs() + offsetMs,
				monotonicMs: platform.monotonicMs,
				random: platform.random,
				schedule(delayMs, callback, how) {
					// a dead process leaves no timer in the world
					const forget = life.onDeath(() => cancel());
					const stop = platform.schedule(
						delayMs,
						() => {
							forget();
							life.enter(callback);
						},
						how,
					);
					const cancel = () => {
						forget();
						stop();
					};
					return cancel;
				},
				send: (request) => life.pass(platform.send(request)),
			};
			const session = createAuth<Credentials, User>({
				...rest,
				platform: view,
				...(store && { store: defineStore(store.open(name, life)) }),
				...(lock && { coordinator: lock.open(name, life, view) }),
			});
			return [session, life];
		}
		const crash = () => {
			gate.kill();
			lock?.abandon(name);
		};
		const client: SimulatedClient<Credentials, User> = {
			name,
			get auth() {
				return auth;
			},
			get phase() {
				return gate.phase;
			},
			call: (url, call) => {
				const life = gate;
				return callApi(
					auth,
					(request) => life.pass(platform.network.exchange(request)),
					url,
					call,
				);
			},
			freeze: () => gate.freeze(),
			thaw: () => gate.thaw(),
			crash,
			restart() {
				crash();
				[auth, gate] = live();
			},
			setClockOffset(ms) {
				offsetMs = ms;
			},
		};
		clients.push(client);
		return client;
	}

	for (let index = 0; index < count; index++) join();
	const close = () => {
		for (const { auth } of clients) auth.close();
	};
	return {
		platform,
		clients,
		store,
		lock,
		join,
		close,
		[Symbol.dispose]: close,
	};
}
