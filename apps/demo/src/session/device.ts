/** This device, with its faults: no network, a sleep of hours, and eyes on everything that is sent. */
import {
	AuthError,
	type HttpRequest,
	type Platform,
	type Signal,
	type Signals,
} from "@keyturn/core";
import { type FetchLike, webPlatform } from "@keyturn/fetch";
import { kyTransport } from "@keyturn/ky";
import ky from "ky";
import { mockReady } from "../mock/ready.ts";
import type { CallKind, Trace } from "./trace.ts";

export type Adapter = "fetch" | "ky";

export interface Device {
	readonly platform: Platform;
	readonly signals: Signals;
	/** Sends a request of the application, once. */
	readonly fetch: FetchLike;
	setOffline(isOffline: boolean): void;
	/** The machine sleeps: its wall clock goes on, its monotonic clock does not. ms */
	sleep(ms: number): void;
}

/** Carries the number of a call through both adapters. */
export const callParameter = "call";

export function createDevice(
	trace: Trace,
	adapter: () => Adapter,
	kindOf: (request: HttpRequest) => CallKind,
): Device {
	const web = webPlatform();
	const throughKy = webPlatform({ fetch: kyTransport(ky) });
	const listeners = new Set<(signal: Signal) => void>();
	let isOffline = false;
	let sleptMs = 0;

	const tell = (signal: Signal): void => {
		for (const listener of [...listeners]) listener(signal);
	};

	return {
		platform: {
			...web,
			nowMs: () => web.nowMs() + sleptMs,
			async send(request) {
				const id = trace.asked(kindOf(request));
				let outcome = "lost";
				let status: number | null = null;
				await mockReady;
				trace.sent(id);
				try {
					// before anything has left: so the refresh token is not in doubt
					if (isOffline) throw new AuthError("unavailable");
					const response = await (adapter() === "ky" ? throughKy : web).send(
						request,
					);
					status = response.status;
					outcome = String(status);
					return response;
				} catch (error) {
					if (isOffline) outcome = "offline";
					throw error;
				} finally {
					trace.answered(id, status);
					trace.settled(id, outcome);
				}
			},
		},
		signals: {
			subscribe(listener) {
				listeners.add(listener);
				return () => void listeners.delete(listener);
			},
		},
		async fetch(input, init) {
			const url = new URL(
				input instanceof Request ? input.url : input,
				location.href,
			);
			const id = Number(url.searchParams.get(callParameter));
			let status: number | null = null;
			await mockReady;
			trace.sent(id);
			try {
				if (isOffline) throw new TypeError("Failed to fetch");
				const response = await fetch(input, init);
				status = response.status;
				return response;
			} finally {
				trace.answered(id, status);
			}
		},
		setOffline(next) {
			isOffline = next;
			if (!next) tell("online");
		},
		sleep(ms) {
			sleptMs += ms;
			tell("resumed");
		},
	};
}
