/** Everything that can happen next, and what it does. */
import { type Budget, lifetimeMs } from "./configuration.ts";
import {
	advance,
	goOnWith,
	grantLock,
	isLockFree,
	land,
	losePatience,
	readyOf,
	timeOut,
} from "./flight.ts";
import { isAccepted, issue, present } from "./server.ts";
import {
	accept,
	askRefresh,
	boot,
	callApi,
	due,
	giveUpSignIn,
	hasTimer,
	isLive,
	refuse,
	signIn,
	signOut,
} from "./session.ts";
import { perform, push } from "./store-link.ts";
import {
	type Client,
	type Flight,
	type Model,
	newClient,
	pairOf,
	type SignIn,
	type World,
} from "./world.ts";

export interface Action {
	/** In the past tense, for traces. */
	readonly name: string;
	/** -1: nobody's. */
	readonly client: number;
	/** It happens by itself sooner or later; everything else may never happen. */
	readonly isSystem: boolean;
	/** On a copy of the world that it was found in. */
	run(world: World): void;
}

const nth = <T>(items: readonly T[], index: number): T => {
	const item = items[index];
	if (item === undefined) throw new RangeError(`no item ${index}`);
	return item;
};

/** Late answers that a client may have outstanding; a path with more ends. */
const maxFlights = 3;

/** The next moment at which anything can be different; `Infinity`: none. */
function nextInstantMs(model: Model, world: World): number {
	const { nowMs, lock, families, budget } = world;
	const { reuseMs } = model.configuration;
	let nextMs = Infinity;
	const consider = (ms: number): void => {
		if (ms > nowMs && ms < nextMs) nextMs = ms;
	};
	for (const client of world.clients) {
		if (client.life === "dead") continue;
		if (hasTimer(model, client)) consider(client.wakeAtMs);
		// what a request would find, also without a timer
		if (isLive(client.state) && budget.calls + budget.asks > 0) {
			consider(client.state.session.mustRefreshAtMs);
			consider(client.state.session.shouldRefreshAtMs);
			consider(client.state.session.endsAtMs);
			consider(client.state.retryAtMs);
		}
		for (const { deadlineMs } of client.waiters) consider(deadlineMs);
		for (const { isAwaited, deadlineMs } of client.signIns)
			if (isAwaited) consider(deadlineMs);
		for (const { limitMs, phase, patienceMs } of client.flights) {
			consider(limitMs);
			if (phase === "queued") consider(patienceMs);
		}
		if (client.calls.length)
			for (const { validFromMs } of families)
				consider(validFromMs + lifetimeMs);
	}
	if (world.clients.some(({ flights }) => flights.length))
		consider(lock.untilMs);
	if (reuseMs)
		for (const { rotatedAtMs } of families) consider(rotatedAtMs + reuseMs);
	return nextMs;
}

export function actionsOf(model: Model, world: World): Action[] {
	const { configuration } = model;
	const actions: Action[] = [];
	const { nowMs, budget } = world;

	const add = (
		client: number,
		name: string,
		run: (world: World, client: Client) => void,
	): void => {
		actions.push({
			name,
			client,
			isSystem: true,
			run: (next) => run(next, next.clients[client] as Client),
		});
	};
	const may = (
		of: keyof Budget,
		client: number,
		name: string,
		run: (world: World, client: Client) => void,
	): void => {
		if (budget[of] <= 0) return;
		actions.push({
			name,
			client,
			isSystem: false,
			run: (next) => {
				next.budget[of]--;
				run(next, next.clients[client] as Client);
			},
		});
	};

	world.clients.forEach((client, index) => {
		client.flights.forEach((flight, at) => {
			flightActions(flight, client, index, at);
		});
		client.signIns.forEach((item, at) => {
			signInActions(item, client, index, at);
		});
		if (client.life === "dead") {
			actions.push({
				name: "starts again",
				client: index,
				isSystem: false,
				run: (next) => {
					const fresh = newClient(client.skewMs);
					next.clients[index] = fresh;
					boot(model, next, fresh);
				},
			});
			return;
		}
		may("crashes", index, "crashes", crash);
		if (client.life === "frozen") {
			actions.push({
				name: "thaws",
				client: index,
				isSystem: false,
				run: (next) => {
					nth(next.clients, index).life = "alive";
				},
			});
			return;
		}
		may("freezes", index, "freezes", (_next, own) => {
			own.life = "frozen";
		});
		const ready = readyOf(client);
		if (ready.length) chooseNext(ready.length, index);
		else clientActions(client, index);
	});

	world.strays.forEach((stray, at) => {
		add(-1, "request of a crashed client reaches the server", (next) => {
			next.strays.splice(at, 1);
			present(model, next, stray);
		});
	});
	if (world.store)
		may("wipes", -1, "the store is emptied", (next) => {
			next.store = null;
			for (const other of next.clients)
				if (other.life !== "dead") other.isHinted = configuration.hasHints;
		});
	if (world.isStoreBroken)
		add(-1, "the store works again", (next) => {
			next.isStoreBroken = false;
		});
	else
		may("storeFaults", -1, "the store breaks", (next) => {
			next.isStoreBroken = true;
		});

	const nextMs = configuration.isTimeless
		? Infinity
		: nextInstantMs(model, world);
	if (nextMs < Infinity) {
		// what can happen happens at once, unless something is slow
		const isSlow = actions.some(({ isSystem }) => isSystem);
		const name = `${(nextMs - nowMs) / 1_000} s pass`;
		const pass = (next: World): void => {
			next.nowMs = nextMs;
		};
		if (isSlow) may("delays", -1, name, pass);
		else actions.push({ name, client: -1, isSystem: true, run: pass });
	}
	return actions;

	function chooseNext(count: number, index: number): void {
		for (let at = 0; at < count; at++)
			add(
				index,
				`goes on after the store: ${at + 1} of ${count}`,
				(next, own) => goOnWith(model, next, own, nth(readyOf(own), at)),
			);
	}

	function clientActions(client: Client, index: number): void {
		const { state, line, waiters, calls } = client;
		if (line.length && !client.isHung)
			may("hangs", index, "its store stops answering", (_next, own) => {
				own.isHung = true;
			});
		if (line.length && !client.isHung)
			add(index, `store: ${nth(line, 0).type}`, (next, own) =>
				perform(model, next, own),
			);
		if (client.isHinted)
			add(index, "hears that the store has changed", (next, own) => {
				own.isHinted = false;
				push(model, next, own, { type: "read" });
			});
		if (hasTimer(model, client) && nowMs >= client.wakeAtMs)
			add(index, "wakes", (next, own) => due(model, next, own));
		if (
			model.rules.hasDeadlines &&
			waiters.some(({ deadlineMs }) => nowMs >= deadlineMs)
		)
			add(index, "gives up waiting", (_next, own) => {
				own.waiters = own.waiters.filter(
					({ deadlineMs }) => nowMs < deadlineMs,
				);
			});
		calls.forEach((call, at) => {
			if (isAccepted(world, call.pair)) {
				add(index, "API accepts", (next, own) =>
					accept(model, next, own, nth(own.calls, at)),
				);
				may("refusals", index, "API refuses a good token", (next, own) =>
					refuse(model, next, own, nth(own.calls, at)),
				);
			} else
				add(index, "API refuses", (next, own) =>
					refuse(model, next, own, nth(own.calls, at)),
				);
		});
		if (calls.length + waiters.length < (configuration.crowd ?? 1)) {
			if (isLive(state) || state.pending === "restoring")
				may("calls", index, "calls the API", (next, own) =>
					callApi(model, next, own),
				);
			if (isLive(state))
				may("asks", index, "asks for a refresh", (next, own) =>
					askRefresh(model, next, own),
				);
		}
		const account = ((configuration.signIns ?? 0) - budget.signIns + 1) % 2;
		may("signIns", index, `signs in as ${"AB"[account]}`, (next, own) =>
			signIn(model, next, own, account),
		);
		if (isLive(state) || state.pending)
			may("signOuts", index, "signs out", (next, own) =>
				signOut(model, next, own),
			);
	}

	function flightActions(
		flight: Flight,
		client: Client,
		index: number,
		at: number,
	): void {
		const { phase, message, session } = flight;
		const isAlive = client.life === "alive";
		if (message === "going" && session) {
			add(index, "refresh request reaches the server", (next, own) => {
				nth(own.flights, at).message = present(model, next, pairOf(session));
			});
			may("outages", index, "server answers 503", (_next, own) => {
				nth(own.flights, at).message = { type: "failed", code: "unavailable" };
			});
			may("losses", index, "refresh request is lost", (_next, own) =>
				lose(own, nth(own.flights, at)),
			);
		}
		if (typeof message === "object" && message) {
			if (isAlive)
				add(index, "hears of its refresh", (next, own) =>
					land(model, next, own, nth(own.flights, at), message),
				);
			if (message.type === "ok" || message.code === "rejected")
				may("losses", index, "refresh answer is lost", (next, own) => {
					next.isExcused = true;
					lose(own, nth(own.flights, at));
				});
		}
		if (!isAlive) return;
		if (phase === "queued" && isLockFree(world))
			add(index, "gets the lock", (next, own) =>
				grantLock(model, next, own, nth(own.flights, at)),
			);
		if (phase === "queued" && nowMs >= flight.patienceMs)
			add(index, "has waited long enough for the lock", (next, own) =>
				losePatience(model, next, own, nth(own.flights, at)),
			);
		if (nowMs >= flight.limitMs)
			add(index, `gives up its refresh (${phase})`, (next, own) => {
				timeOut(model, next, own, nth(own.flights, at));
				if (own.flights.length > maxFlights) next.isCut = true;
			});
	}

	function lose(own: Client, flight: Flight): void {
		if (!configuration.isSilent)
			flight.message = { type: "failed", code: model.rules.lostAnswer };
		else if (flight.phase === "late")
			own.flights.splice(own.flights.indexOf(flight), 1);
		else flight.message = "lost";
	}

	function signInActions(
		item: SignIn,
		client: Client,
		index: number,
		at: number,
	): void {
		const { message, isCurrent, isAwaited, phase, deadlineMs } = item;
		if (message === "going")
			add(index, "sign-in request reaches the server", (next, own) => {
				nth(own.signIns, at).message = issue(next, item.account);
			});
		if (client.life !== "alive") return;
		if (phase === "sent" && typeof message === "object" && message)
			add(index, "hears of its sign-in", (next, own) => {
				Object.assign(nth(own.signIns, at), {
					phase: "reading",
					receivedAtMs: next.nowMs,
				} satisfies Partial<SignIn>);
				if (isCurrent) push(model, next, own, { type: "read" });
				advance(model, next, own);
			});
		if (isAwaited && nowMs >= deadlineMs)
			add(index, "gives up its sign-in", (next, own) =>
				giveUpSignIn(model, next, own, nth(own.signIns, at)),
			);
	}
}

/** Nothing of it is left but what it has sent; a lock goes with it, a lease does not. */
function crash(world: World, client: Client): void {
	if (client.flights.some(({ phase }) => phase !== "queued"))
		world.isExcused = true;
	if (
		world.lock.untilMs === Infinity &&
		client.flights.some(({ fence }) => fence === world.lock.fence)
	)
		world.lock.untilMs = -Infinity;
	for (const { message, session } of client.flights)
		if (message === "going" && session) world.strays.push(pairOf(session));
	Object.assign(client, {
		...newClient(client.skewMs),
		life: "dead",
	} satisfies Client);
}
