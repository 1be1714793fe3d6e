/** One moment of the composed system: sessions, store, lock, server, and what is on its way between them. */
import {
	type AuthErrorCode,
	type AuthEvent,
	type AuthState,
	initialState,
	Secret,
	type Session,
	type Stamp,
	type Tokens,
} from "../../src/index.ts";
import {
	type Budget,
	type Configuration,
	lifetimeMs,
	mustRefreshAfterMs,
	type Rules,
	shouldRefreshAfterMs,
} from "./configuration.ts";

/** Tokens by number: the n-th pair of the f-th sign-in. */
export interface Pair {
	readonly family: number;
	readonly number: number;
}

/** What a store holds. `pair: null` is a tombstone. */
export interface Held extends Stamp {
	readonly pair: Pair | null;
	/** Wall clock of the writer. */
	readonly receivedAtMs: number;
	readonly signedInAtMs: number;
	/** Somebody has read it to present its refresh token, and has not told how that ended. */
	readonly isMarked: boolean;
}

/** One operation in line; the first is under way. */
export type Operation =
	| { readonly type: "read" }
	| {
			readonly type: "swap";
			readonly next: Held;
			/** A plain store has looked, and not written yet. */
			readonly isChecked: boolean;
			/** A read has found something else since. */
			readonly isOvertaken: boolean;
	  }
	/** The read after a swap that expected this, and was refused. */
	| { readonly type: "reread"; readonly expected: Stamp | null };

export type Reply =
	| { readonly type: "ok"; readonly pair: Pair }
	| { readonly type: "failed"; readonly code: AuthErrorCode };

/** A request to the token endpoint: on its way, or its answer; `lost`: nothing will ever come. */
export type Message = "going" | "lost" | Reply;

/** A refresh that is carried out. */
export interface Flight extends Stamp {
	readonly attempt: number;
	/** `late`: given up after a time-out, while the answer may still come. */
	phase: "queued" | "reading" | "sent" | "late" | "rereading" | "storing";
	/** Its own timer. */
	limitMs: number;
	/** The lock's patience. */
	patienceMs: number;
	/** Of the lock that it believes to hold; 0: none. */
	fence: number;
	/** The doubt was known when it began. */
	readonly wasDoubtful: boolean;
	/** What it presents, once it has. */
	session: Session | null;
	message: Message | null;
	/** It ended in doubt. */
	isInDoubt: boolean;
	/** The store that it waits for has been at rest; it goes on, even if something is under way there again. */
	isReleased: boolean;
}

export interface SignIn {
	readonly account: number;
	phase: "sent" | "reading" | "storing";
	/** `false`: superseded or given up; its tokens are nobody's. */
	isCurrent: boolean;
	/** Its caller still waits. */
	isAwaited: boolean;
	/** When its answer came; the store may take its time after that. */
	receivedAtMs: number;
	deadlineMs: number;
	message: Message | null;
	/** As of a flight. */
	isReleased: boolean;
}

export interface Waiter {
	readonly epoch: number;
	readonly after: number;
	readonly isBareFine: boolean;
	readonly deadlineMs: number;
	/** Of the session in which the request began; -1: not known then. */
	readonly account: number;
	/** A request, one that has been refused once, or a call of `refresh()`. */
	readonly kind: "call" | "replay" | "refresh";
}

/** A request of the application under way to the API. */
export interface Call extends Stamp {
	readonly pair: Pair;
	readonly account: number;
	readonly sentAtMs: number;
	readonly isReplay: boolean;
}

export interface Client {
	life: "alive" | "frozen" | "dead";
	state: AuthState;
	/** As the machine ordered; whether a timer is armed for it depends. */
	wakeAtMs: number;
	held: Stamp | null;
	line: Operation[];
	hasFailedStore: boolean;
	/** Its store does not answer any more. */
	isHung: boolean;
	isHinted: boolean;
	flights: Flight[];
	signIns: SignIn[];
	waiters: Waiter[];
	calls: Call[];
	/** The session that has ended here last (S14). */
	ended: Stamp | null;
	/** The pair that the API has refused last, and the machine has believed it. */
	refused: Stamp | null;
	readonly skewMs: number;
	/** Empty between two actions. */
	readonly queue: AuthEvent[];
}

export interface Family {
	readonly account: number;
	/** Number of the newest pair. */
	current: number;
	revoked: false | "reuse" | "sign-out";
	rotatedAtMs: number;
	/** Bit n: refresh token n has been presented. */
	presented: number;
	/** When the newest pair was first given, or last extended. */
	validFromMs: number;
}

export interface World {
	nowMs: number;
	readonly clients: Client[];
	store: Held | null;
	/** Operations throw until it works again. */
	isStoreBroken: boolean;
	lock: { fence: number; untilMs: number };
	/** What crashed clients have sent, and the server has not seen. */
	readonly strays: Pair[];
	readonly families: Family[];
	readonly budget: { -readonly [K in keyof Budget]: number };
	/** One of the four causes that excuse a second spending of a refresh token has been there (S3). */
	isExcused: boolean;
	/** Highest epoch that a user has ended (S6). */
	endedEpoch: number;
	/** A bound of the search was met: not a state of the system. */
	isCut: boolean;
	/** The property that the step broke. */
	broken: string | null;
}

/** The world's rules and what is counted about it. */
export interface Model {
	readonly configuration: Configuration;
	readonly rules: Rules;
	/** How often each property's premise held. */
	readonly premises: Map<string, number>;
}

const tokens = new Map<string, Tokens>();
const pairs = new WeakMap<Tokens, Pair>();

/** The same object for the same pair. */
export function tokensOf(
	{ family, number }: Pair,
	isRotating: boolean,
): Tokens {
	const name = `${family}.${number}`;
	let found = tokens.get(`${name} ${isRotating}`);
	if (!found) {
		found = {
			access: new Secret(`access ${name}`),
			refresh: new Secret(`refresh ${isRotating ? name : family}`),
		};
		tokens.set(`${name} ${isRotating}`, found);
		pairs.set(found, { family, number });
	}
	return found;
}

export const pairOf = ({ tokens }: Pick<Session, "tokens">): Pair =>
	pairs.get(tokens) as Pair;

export function sessionOf(
	pair: Pair,
	receivedAtMs: number,
	signedInAtMs: number,
	{ isRotating, maxSessionMs = Infinity }: Configuration,
): Session {
	return {
		tokens: tokensOf(pair, isRotating),
		receivedAtMs,
		signedInAtMs,
		lifetimeMs,
		shouldRefreshAtMs: receivedAtMs + shouldRefreshAfterMs,
		mustRefreshAtMs: receivedAtMs + mustRefreshAfterMs,
		endsAtMs: signedInAtMs + maxSessionMs,
		isRefreshable: true,
		isPasswordExpired: false,
	};
}

export const newClient = (skewMs: number): Client => ({
	life: "alive",
	state: initialState,
	wakeAtMs: Infinity,
	held: null,
	line: [],
	hasFailedStore: false,
	isHung: false,
	isHinted: false,
	flights: [],
	signIns: [],
	waiters: [],
	calls: [],
	ended: null,
	refused: null,
	skewMs,
	queue: [],
});

export const newWorld = (configuration: Configuration): World => ({
	nowMs: 0,
	clients: Array.from({ length: configuration.clients }, (_, index) =>
		newClient(configuration.skewsMs?.[index] ?? 0),
	),
	store: null,
	isStoreBroken: false,
	lock: { fence: 0, untilMs: -Infinity },
	strays: [],
	families: [],
	budget: {
		signIns: configuration.signIns ?? 0,
		signOuts: configuration.signOuts ?? 0,
		calls: configuration.calls ?? 0,
		asks: configuration.asks ?? 0,
		crashes: configuration.crashes ?? 0,
		freezes: configuration.freezes ?? 0,
		losses: configuration.losses ?? 0,
		outages: configuration.outages ?? 0,
		refusals: configuration.refusals ?? 0,
		storeFaults: configuration.storeFaults ?? 0,
		hangs: configuration.hangs ?? 0,
		wipes: configuration.wipes ?? 0,
		delays: configuration.delays ?? 0,
	},
	isExcused: false,
	endedEpoch: 0,
	isCut: false,
	broken: null,
});

/** As deep as anything is changed in place. */
export const copyWorld = (world: World): World => ({
	...world,
	clients: world.clients.map((client) => ({
		...client,
		line: [...client.line],
		flights: client.flights.map((flight) => ({ ...flight })),
		signIns: client.signIns.map((signIn) => ({ ...signIn })),
		waiters: [...client.waiters],
		calls: [...client.calls],
		queue: [],
	})),
	lock: { ...world.lock },
	strays: [...world.strays],
	families: world.families.map((family) => ({ ...family })),
	budget: { ...world.budget },
});
