/**
 * Two real sessions on one store, one lock and one authority, where nothing happens until it is chosen: each request,
 * each answer, each operation of a slow store and the lock wait to be let go. Over 200 lines because what is let go and
 * how are one thing.
 */
import {
	type AbortSignalLike,
	type Auth,
	createAuth,
	defineStore,
	type Grant,
	type SessionRecord,
	type SessionStore,
} from "../../src/index.ts";
import {
	apiUrl,
	createStage,
	flush,
	refreshDescription,
	type Sent,
	type User,
} from "../stage.ts";
import {
	type Configuration,
	deadlineMs,
	lifetimeMs,
	lockWaitMs,
	minIntervalMs,
	mustRefreshAfterMs,
	shouldRefreshAfterMs,
	timeoutMs,
} from "./configuration.ts";

/** One thing that can happen next; `name` and `nth` say which of the model's actions it is. */
export interface Choice {
	readonly kind: string;
	readonly client: number;
	readonly name: string;
	readonly nth: number;
	run(): void;
}

interface Request {
	readonly client: number;
	readonly sent: Sent;
	/** What waits to be heard: an answer, or that there is none. */
	answer: (() => void) | null;
	/** The server has seen it, and its answer is on its way. */
	isAnswered: boolean;
}

interface Session {
	readonly auth: Auth<User, User>;
	/** Calls that have not been settled. */
	waiting: number;
	/** A request under way to the API. */
	grant: { readonly grant: Grant; readonly isReplay: boolean } | null;
}

/** "access-f3.2" is the second pair of the third sign-in: the model's 2.2. */
const pairName = (access: string | null | undefined): string | null => {
	const [, family, number] = /-f(\d+)\.(\d+)$/.exec(access ?? "") ?? [];
	return family ? `${Number(family) - 1}.${number}` : null;
};

export async function openRealSessions({
	store: storeKind,
	hasHints,
	leaseMs,
	isRotating,
	reuseMs,
	isSliding = false,
	maxSessionMs,
	isEager,
	skewsMs = [],
}: Configuration) {
	const stage = createStage({
		isSliding,
		refresh: {
			...refreshDescription,
			resend: reuseMs === Infinity ? "always" : "when-expired",
		},
	});
	Object.assign(stage, { lifetimeMs, isRotating, reuseMs });
	stage.hold();
	let record: SessionRecord | null = null;
	const listeners = new Map<number, () => void>();
	const operations: { readonly client: number; run(): void }[] = [];
	const requests: Request[] = [];
	const queue: { readonly client: number; grant(): void }[] = [];
	let isLocked = false;

	const storeOf = (client: number): SessionStore => {
		const then = <T>(run: () => T): T | Promise<T> =>
			storeKind === "instant"
				? run()
				: new Promise((resolve) =>
						operations.push({ client, run: () => resolve(run()) }),
					);
		return defineStore({
			read: () => then(() => record),
			swap(expected, next) {
				const isFree = () =>
					record?.epoch === expected?.epoch &&
					record?.generation === expected?.generation;
				const write = () => {
					record = next;
					for (const [other, hear] of listeners) if (other !== client) hear();
					return true;
				};
				return storeKind === "plain"
					? // others may come between the look and the write
						Promise.resolve(then(isFree)).then((free) => free && then(write))
					: then(() => isFree() && write());
			},
			subscribe(listener) {
				if (hasHints) listeners.set(client, listener);
				return () => listeners.delete(client);
			},
		});
	};

	const exclusive = async <T>(
		client: number,
		work: () => Promise<T>,
		signal: AbortSignalLike,
		waitMs: number,
	): Promise<T> => {
		const { schedule } = stage.platform();
		await new Promise<void>((resolve, reject) => {
			const entry = {
				client,
				grant() {
					cancel();
					isLocked = true;
					resolve();
				},
			};
			const leave = () => {
				cancel();
				if (queue.includes(entry)) queue.splice(queue.indexOf(entry), 1);
				reject(new Error("no lock"));
			};
			const cancel = schedule(waitMs, leave, { isBackground: false });
			signal.addEventListener("abort", leave);
			queue.push(entry);
		});
		try {
			return await work();
		} finally {
			isLocked = false;
		}
	};

	const open = (client: number): Session => {
		const device = stage.platform();
		device.wallOffsetMs = skewsMs[client] ?? 0;
		const auth = createAuth<User, User>({
			protocol: stage.protocol,
			platform: {
				...device,
				send(request) {
					const answer = device.send(request);
					const sent = stage.sent.at(-1) as Sent;
					if (sent.path === "/sign-out") stage.serve(sent);
					else requests.push({ client, sent, answer: null, isAnswered: false });
					return answer;
				},
			},
			store: storeOf(client),
			coordinator:
				leaseMs === null
					? undefined
					: {
							exclusive: (_name, work, { signal, waitMs }) =>
								exclusive(client, work, signal, waitMs),
						},
			...(maxSessionMs && { maxSessionMs }),
			refresh: {
				eager: isEager,
				timeoutMs,
				deadlineMs,
				lockWaitMs,
				minIntervalMs,
				shouldMarginMs: lifetimeMs - shouldRefreshAfterMs,
				mustMarginMs: lifetimeMs - mustRefreshAfterMs,
			},
			journalLimit: 10_000,
		});
		return { auth, waiting: 0, grant: null };
	};

	const letGo = async (): Promise<void> => {
		for (;;) {
			await flush();
			const next = operations.shift();
			if (!next) return;
			next.run();
		}
	};

	// both begin in one session, which is the model's family 0
	const first = open(0);
	const signingIn = first.auth.signIn({ name: "f" });
	await letGo();
	for (const { sent } of requests.splice(0)) stage.serve(sent);
	await letGo();
	await signingIn;
	const sessions = [first, open(1)];
	await letGo();

	/** Until it has a grant, which then is under way, or none. */
	const expectGrant = (
		session: Session,
		asked: Grant | null | Promise<Grant | null>,
		isReplay: boolean,
	): void => {
		session.waiting++;
		Promise.resolve(asked).then(
			(grant) => {
				session.waiting--;
				if (grant) session.grant = { grant, isReplay };
			},
			() => {
				session.waiting--;
			},
		);
	};

	type Add = (
		kind: string,
		name: string,
		run: () => void,
		nth?: number,
	) => void;

	const addCalls = (session: Session, add: Add): void => {
		const { auth, grant, waiting } = session;
		const isSignedIn = auth.state.status !== "unauthenticated";
		add("sign-in", "signs in as", () => {
			auth.signIn({ name: "f" }).catch(() => {});
		});
		if (isSignedIn) add("sign-out", "signs out", () => void auth.signOut());
		if (grant) {
			const end = () => {
				session.grant = null;
			};
			add("accepted", "API accepts", () => {
				end();
				auth.confirm(grant.grant);
			});
			add("refused", "API refuses", () => {
				end();
				if (!grant.isReplay)
					expectGrant(session, auth.renew(grant.grant), true);
			});
		} else if (!waiting && isSignedIn) {
			add("call", "calls the API", () =>
				expectGrant(session, auth.authorize(apiUrl), false),
			);
			add("ask", "asks for a refresh", () => {
				session.waiting++;
				const end = () => {
					session.waiting--;
				};
				auth.refresh().then(end, end);
			});
		}
	};

	const addNetwork = (own: readonly Request[], add: Add): void => {
		for (const [index, request] of own.entries()) {
			const { sent, answer } = request;
			const nth = own
				.slice(0, index)
				.filter(
					(other) => !other.answer === !answer && other.sent.path === sent.path,
				).length;
			const what = sent.path === "/sign-in" ? "sign-in" : "refresh";
			if (answer)
				add(
					"answer",
					`hears of its ${what}`,
					() => {
						requests.splice(requests.indexOf(request), 1);
						answer();
					},
					nth,
				);
			else
				add(
					"reach",
					`${what} request reaches the server`,
					() => {
						request.answer = stage.reach(sent);
						request.isAnswered = true;
					},
					nth,
				);
			if (what === "sign-in") continue;
			if (request.isAnswered)
				add(
					"loss",
					"refresh answer is lost",
					() => {
						request.answer = () => sent.fail();
						request.isAnswered = false;
					},
					own
						.slice(0, index)
						.filter(
							(other) => other.isAnswered && other.sent.path === sent.path,
						).length,
				);
			if (answer) continue;
			add(
				"outage",
				"server answers 503",
				() => {
					request.answer = () => sent.answer(503, {});
				},
				nth,
			);
			add(
				"loss",
				"refresh request is lost",
				() => {
					request.answer = () => sent.fail();
				},
				nth,
			);
		}
	};

	return {
		sessions,
		advance: stage.advance,
		elapsedMs: stage.elapsedMs,
		/** `Infinity`: no timer is armed. */
		nextTimerMs: () => (stage.timers[0]?.atMs ?? Infinity) - stage.elapsedMs(),
		choices(): readonly Choice[] {
			const choices: Choice[] = [];
			for (const [client, session] of sessions.entries()) {
				const add: Add = (kind, name, run, nth = 0) => {
					choices.push({ kind, client, name, run, nth });
				};
				addCalls(session, add);
				addNetwork(
					requests.filter((request) => request.client === client),
					add,
				);
				for (const operation of operations)
					if (operation.client === client)
						add("store", "store: ", () => {
							operations.splice(operations.indexOf(operation), 1);
							operation.run();
						});
				if (!isLocked && queue[0]?.client === client)
					add("lock", "gets the lock", () => queue.shift()?.grant());
			}
			return choices;
		},
		/** What the model's worlds are compared by. */
		observe: () =>
			JSON.stringify([
				...sessions.map(({ auth: { state }, waiting, grant }, client) => [
					state.status,
					state.generation,
					state.failure?.code,
					"session" in state && [
						pairName(state.session.tokens.access.reveal()),
						state.usable,
						state.attempt,
					],
					waiting,
					grant ? 1 : 0,
					operations.some((operation) => operation.client === client),
				]),
				record && [record.generation, pairName(record.access)],
				isLocked,
			]),
	};
}
