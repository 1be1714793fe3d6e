import type { Platform } from "@keyturn/core";
import { type Delay, fromRequest, toResponse } from "./api-message.ts";
import { createSeededRandom } from "./seeded-random.ts";
import { createVirtualClock, type VirtualClock } from "./virtual-clock.ts";
import {
	createVirtualNetwork,
	type Server,
	type VirtualNetwork,
} from "./virtual-network.ts";

export interface VirtualPlatformOptions {
	/** Who answers; the same as `network.connect`. Default: nobody, each request waits to be answered by hand. */
	readonly server?: Server;
	/** Wall clock at the start, ms since the Unix epoch. Default 1,800,000,000,000 (January 2027). */
	readonly startMs?: number;
	/** Of `random`. Default 1. */
	readonly seed?: number;
}

/** A platform on which nothing happens until a test says so. Its methods need no `this`. */
export interface VirtualPlatform
	extends Platform,
		Omit<VirtualClock, "schedule"> {
	readonly network: VirtualNetwork;
	/** `fetch` over the same network, for the application's own requests. */
	fetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response>;
	/** Options for an authority that lives in the same virtual time; no setting of this device's clocks moves it. */
	readonly forServer: {
		readonly nowMs: () => number;
		readonly delay: Delay;
		readonly random: () => number;
	};
	/** Sets this device's wall clock, ms since the Unix epoch. Timers and the monotonic clock do not notice. */
	setWallClock(ms: number): void;
	/** Sets the monotonic clock, ms. Real ones never go back: for faults only. */
	setMonotonic(ms: number): void;
	/**
	 * The machine sleeps: the wall clock goes on, the monotonic clock stands still and the timers are as far away on waking as
	 * they were. With `isCounted` the monotonic clock counts the sleep, and the timers that fell due fire together.
	 */
	sleep(ms: number, options?: { readonly isCounted?: boolean }): Promise<void>;
	/** A promise on virtual time. */
	readonly delay: Delay;
}

/** For tests: clock, timers, randomness and network, all stepped by hand. */
export function virtualPlatform(
	options: VirtualPlatformOptions = {},
): VirtualPlatform {
	const { server, startMs = 1_800_000_000_000, seed = 1 } = options;
	const clock = createVirtualClock();
	const network = createVirtualNetwork(clock);
	if (server) network.connect(server);
	let wallOffsetMs = 0;
	let monotonicOffsetMs = 0;
	let sleptMs = 0;

	const serverNowMs = () => startMs + clock.elapsedMs() + sleptMs;
	const delay: Delay = (delayMs, signal) =>
		new Promise((resolve, reject) => {
			const stop = () => {
				cancel();
				reject(signal?.reason);
			};
			const cancel = clock.schedule(delayMs, () => {
				signal?.removeEventListener("abort", stop);
				resolve();
			});
			if (signal?.aborted) stop();
			else signal?.addEventListener("abort", stop, { once: true });
		});

	return {
		nowMs: () => serverNowMs() + wallOffsetMs,
		monotonicMs: () => clock.elapsedMs() + monotonicOffsetMs,
		schedule: (delayMs, callback, { isBackground }) =>
			clock.schedule(delayMs, callback, isBackground),
		random: createSeededRandom(seed),
		send: network.send,
		network,
		async fetch(input, init) {
			const request = new Request(input, init);
			const { signal } = request;
			const aborted = new Promise<never>((_, reject) => {
				const stop = () => reject(signal.reason);
				if (signal.aborted) stop();
				else signal.addEventListener("abort", stop, { once: true });
			});
			const send = async () => {
				const plain = await fromRequest(request);
				// nothing is sent that was aborted while its body was read
				signal.throwIfAborted();
				return network.exchange(plain);
			};
			try {
				const reply = await Promise.race([aborted, send()]);
				return toResponse(reply, (delayMs) => delay(delayMs, signal));
			} catch (error) {
				if (signal.aborted) throw signal.reason;
				// as fetch says it: a TypeError that tells nothing
				throw new TypeError("fetch failed", { cause: error });
			}
		},
		forServer: {
			nowMs: serverNowMs,
			delay,
			random: createSeededRandom(seed + 1),
		},
		setWallClock(ms) {
			wallOffsetMs = ms - serverNowMs();
		},
		setMonotonic(ms) {
			monotonicOffsetMs = ms - clock.elapsedMs();
		},
		async sleep(ms, { isCounted = false } = {}) {
			if (isCounted) return clock.jump(ms);
			if (!(ms >= 0)) throw new RangeError("time must not go back");
			sleptMs += ms;
			return clock.flush();
		},
		delay,
		elapsedMs: clock.elapsedMs,
		get timers() {
			return clock.timers;
		},
		advance: clock.advance,
		jump: clock.jump,
		advanceToNextTimer: clock.advanceToNextTimer,
		flush: clock.flush,
	};
}
