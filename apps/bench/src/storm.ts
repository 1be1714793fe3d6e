/**
 * A process of its own for one client and one situation, so that neither memory nor a broken session reaches the next:
 * `node storm.ts <client> <situation>` prints one line of JSON for each size.
 */
import { type Api, createApi, origin, type RefreshFault } from "./api.ts";
import { type Client, clientNamed } from "./client.ts";
import { loadPeer } from "./peers.ts";

export interface StormResult {
	readonly size: number;
	readonly succeeded: number;
	readonly failed: number;
	/** Neither: given up after the limit. */
	readonly hanging: number;
	readonly refreshes: number;
	readonly unauthorized: number;
	readonly reuses: number;
	readonly wallMs: number;
	/** Of the thread: a machine that does something else as well cannot spoil it. */
	readonly cpuMs: number;
	/** Of the whole process, from its start. */
	readonly peakMB: number;
	/** Does one more call succeed afterwards? */
	readonly survives: boolean;
}

export type Situation = "known" | "dropped" | RefreshFault;

export const sizesOf = (situation: Situation): readonly number[] =>
	situation === "known" || situation === "dropped"
		? [1, 100, 1_000, 10_000]
		: [100];

/** Longer than the deadline of a careful client. */
const limitMs = 15_000;
const latencyMs = 2;

let skippedMs = 0;
const RealDate = Date;
const realNow = Date.now;
const { now: realPerformanceNow } = performance;

/** Moves all clocks of this process, so that an hour passes at once. */
function installClock(): void {
	const now = () => realNow() + skippedMs;
	performance.now = () => realPerformanceNow.call(performance) + skippedMs;
	globalThis.Date = class extends RealDate {
		static override now = now;
		constructor(...args: readonly unknown[]) {
			super(...((args.length === 0 ? [now()] : args) as [number]));
		}
	} as DateConstructor;
}

async function storm(
	client: Client,
	size: number,
): Promise<{ succeeded: number; failed: number }> {
	let succeeded = 0;
	let failed = 0;
	let timer: NodeJS.Timeout | undefined;
	// keeps the process alive: a client that hangs may have nothing else that does
	const limit = new Promise((resolve) => {
		timer = setTimeout(resolve, limitMs);
	});
	const all = Promise.all(
		Array.from({ length: size }, () =>
			client.call().then(
				(status) => {
					if (status === 200) succeeded++;
					else failed++;
				},
				() => {
					failed++;
				},
			),
		),
	);
	await Promise.race([all, limit]);
	clearTimeout(timer);
	return { succeeded, failed };
}

async function play(
	name: string,
	situation: Situation,
	api: Api,
	size: number,
): Promise<StormResult> {
	const response = await fetch(`${origin}/token`, { method: "POST" });
	const client = await clientNamed(name).create({
		origin,
		tokens: await response.json(),
		load: loadPeer,
	});
	const warm = await client.call();
	if (warm !== 200) throw new Error(`${name} is set up wrongly: ${warm}`);
	if (situation === "dropped") api.dropAccess();
	else {
		api.dropAccess();
		skippedMs += 3_700_000;
	}
	if (situation !== "dropped" && situation !== "known") api.fault = situation;
	api.zero();
	const began = process.threadCpuUsage();
	const beganMs = realPerformanceNow.call(performance);
	const { succeeded, failed } = await storm(client, size);
	const wallMs = realPerformanceNow.call(performance) - beganMs;
	const { user, system } = process.threadCpuUsage(began);
	const { refreshes, unauthorized, reuses } = api.counts;
	const survives = await Promise.race([
		client.call().then(
			(status) => status === 200,
			() => false,
		),
		new Promise<boolean>((resolve) => {
			setTimeout(() => resolve(false), 3_000);
		}),
	]);
	return {
		size,
		succeeded,
		failed,
		hanging: size - succeeded - failed,
		refreshes,
		unauthorized,
		reuses,
		wallMs,
		cpuMs: (user + system) / 1_000,
		peakMB: process.resourceUsage().maxRSS / 1_024,
		survives,
	};
}

if (import.meta.main) {
	const [name, situation] = process.argv.slice(2) as [string, Situation];
	const api = createApi(latencyMs);
	globalThis.fetch = api.fetch;
	installClock();
	// what a library says to the console is not what is measured
	for (const method of ["log", "warn", "error", "info", "debug"] as const)
		console[method] = () => {};
	for (const size of sizesOf(situation))
		process.stdout.write(
			`${JSON.stringify(await play(name, situation, api, size))}\n`,
		);
	process.exit(0);
}
