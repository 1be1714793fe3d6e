import { fork } from "node:child_process";
import cluster from "node:cluster";
import { once } from "node:events";
import { join } from "node:path";
import { Worker as Thread } from "node:worker_threads";
import type { Order, Report, SessionOptions } from "./fleet-worker.ts";

/** A process (or thread) of the fleet, as its parent sees it. */
export interface Worker {
	/** Carries out an order; rejects when the process ends first. */
	ask(order: Order): Promise<Report>;
	signal(name: "SIGSTOP" | "SIGCONT" | "SIGKILL"): void;
	/** Resolves with the exit code (or the signal) when it is gone. */
	readonly gone: Promise<number | string | null>;
}

export interface Fleet extends AsyncDisposable {
	readonly workers: readonly Worker[];
	/** All at once; the reports of all. */
	ask(order: Order): Promise<Report[]>;
}

export type WorkerKind = "process" | "cluster" | "thread";

const file = join(import.meta.dirname, "fleet-worker.ts");
const execArgv = ["--conditions=source"];

/** Ends one each. A test run that dies leaves no process behind. */
const running = new Set<() => void>();
process.once("exit", () => {
	for (const end of running) end();
});

function spawnWorker(kind: WorkerKind) {
	if (kind === "thread") {
		const thread = new Thread(file, { execArgv });
		return {
			emitter: thread,
			send: (message: unknown) => thread.postMessage(message),
			// a thread cannot be sent a signal
			kill: () => void thread.terminate(),
		};
	}
	if (kind === "cluster") cluster.setupPrimary({ exec: file, execArgv });
	const child =
		kind === "cluster" ? cluster.fork().process : fork(file, [], { execArgv });
	return {
		emitter: child,
		send: (message: object) => void child.send(message),
		kill: (name: NodeJS.Signals) => void child.kill(name),
	};
}

async function startWorker(kind: WorkerKind): Promise<Worker> {
	const { emitter, send, kill } = spawnWorker(kind);
	const end = () => kill("SIGKILL");
	running.add(end);
	const gone = once(emitter, "exit").then(([code, signal]) => {
		running.delete(end);
		return (code ?? signal) as number | string | null;
	});
	const ended = gone.then((code) => {
		throw new Error(`the worker ended with ${code}`);
	});
	ended.catch(() => {});
	const asked = new Map<number, (report: Report) => void>();
	let orders = 0;
	await Promise.race([once(emitter, "message"), ended]);
	emitter.on("message", ({ id, report }: { id: number; report: Report }) =>
		asked.get(id)?.(report),
	);
	return {
		gone,
		ask: (order) =>
			Promise.race([
				ended,
				new Promise<Report>((resolve) => {
					const id = ++orders;
					asked.set(id, resolve);
					send({ id, order });
				}),
			]),
		signal: kill,
	};
}

/** Processes that no test has killed, stopped or closed: the next one takes them. */
const idle: Worker[] = [];

/** Ends the processes that {@link startFleet} has kept. */
export async function endFleets(): Promise<void> {
	const all = idle.splice(0);
	for (const worker of all) worker.signal("SIGKILL");
	await Promise.all(all.map(({ gone }) => gone));
}

/** Each of the workers has a session of its own, opened and read. */
export async function startFleet(
	size: number,
	options: SessionOptions,
	kind: WorkerKind = "process",
): Promise<Fleet> {
	const workers = kind === "process" ? idle.splice(0, size) : [];
	// a few at a time: starting them takes the machine's cores
	while (workers.length < size)
		workers.push(
			...(await Promise.all(
				Array.from({ length: Math.min(size - workers.length, 4) }, () =>
					startWorker(kind),
				),
			)),
		);
	const spent = new Set<Worker>();
	const fleet: Fleet = {
		workers: workers.map((worker) => ({
			...worker,
			ask(order) {
				if (order.type === "close") spent.add(worker);
				return worker.ask(order);
			},
			signal(name) {
				spent.add(worker);
				worker.signal(name);
			},
		})),
		ask: (order) =>
			Promise.all(fleet.workers.map((worker) => worker.ask(order))),
		async [Symbol.asyncDispose]() {
			for (const worker of workers)
				if (kind === "process" && !spent.has(worker)) idle.push(worker);
				else worker.signal("SIGKILL");
			await Promise.all([...spent].map(({ gone }) => gone));
		},
	};
	await Promise.all(
		workers.map((worker) => worker.ask({ type: "open", options })),
	);
	return fleet;
}
