/**
 * The state diagram as data, found by asking the core's own table: every cell is tried on sample states and events, and
 * what comes out is an edge. Nothing here knows a rule.
 */
import {
	type AuthEvent,
	type AuthState,
	type EventType,
	initialState,
	Secret,
	type Session,
	type Status,
	type Tokens,
	table,
	transition,
} from "@keyturn/core";

export interface Edge {
	readonly from: Status;
	readonly to: Status;
	readonly event: EventType;
}

export interface MachineGraph {
	readonly statuses: readonly Status[];
	/** Between two statuses, or within one where the state changes. */
	readonly edges: readonly Edge[];
}

const tokens = (name: string): Tokens => ({
	access: new Secret(`sample-${name}`),
	refresh: new Secret(`sample-${name}-refresh`),
});

const shouldMs = 800;
const mustMs = 950;
const endsMs = 2_000;
/** Before all windows, in each, and after the end. */
const moments = [100, 850, 970, 3_000];

const session = (isRefreshable: boolean): Session => ({
	tokens: tokens("ours"),
	signedInAtMs: 0,
	receivedAtMs: 0,
	lifetimeMs: 1_000,
	shouldRefreshAtMs: shouldMs,
	mustRefreshAtMs: mustMs,
	endsAtMs: endsMs,
	isRefreshable,
	isPasswordExpired: false,
});

const ours = { epoch: 5, generation: 3 };
const stamps = [
	ours,
	{ epoch: 5, generation: 2 },
	{ epoch: 5, generation: 4 },
	{ epoch: 4, generation: 9 },
	{ epoch: 6, generation: 1 },
];

function sampleStates(): AuthState[] {
	const states: AuthState[] = [];
	for (const pending of [null, "restoring", "signing-in"] as const)
		for (const stamp of [
			{ epoch: 0, generation: 0 },
			{ ...ours, generation: 0 },
			ours,
		])
			states.push({ ...initialState, pending, ...stamp });
	for (const isRefreshable of [true, false])
		for (const code of [null, "unavailable", "in-doubt"] as const)
			for (const retryAtMs of [-Infinity, Infinity]) {
				const live = {
					...ours,
					session: session(isRefreshable),
					user: null,
					attempt: 1,
					failure: code && { code, detail: null },
					retryAtMs,
					rejectedAtMs: -Infinity,
				};
				states.push(
					{ ...live, status: "authenticated", usable: true, cause: null },
					{ ...live, status: "expired", usable: false, cause: "lifetime" },
					{ ...live, status: "refreshing", usable: true, cause: null },
					{ ...live, status: "refreshing", usable: false, cause: null },
				);
			}
	return states;
}

function sampleEvents(): AuthEvent[] {
	const arrival = {
		session: { ...session(true), tokens: tokens("new") },
		user: null,
	};
	const failures = [
		"unavailable",
		"in-doubt",
		"rejected",
		"password-expired",
	] as const;
	return [
		{ type: "sign-in-started" },
		{ type: "signed-in", arrival, epochFloor: 0 },
		{ type: "sign-in-failed", reason: "rejected" },
		{ type: "sign-in-failed", reason: null },
		{ type: "signed-out" },
		{ type: "changed-elsewhere", found: null },
		...moments.flatMap((atMs): AuthEvent[] => [
			{ type: "due", atMs },
			{ type: "refresh-asked", atMs },
		]),
		...stamps.flatMap((stamp): AuthEvent[] => [
			{ type: "refresh-succeeded", arrival, ...stamp },
			{ type: "extended", sentAtMs: 500, ...stamp },
			...[true, false].flatMap((isInDoubt): AuthEvent[] =>
				[arrival, null].map((found) => ({
					type: "changed-elsewhere",
					found: { ...stamp, arrival: found, isInDoubt },
				})),
			),
			...moments.flatMap((atMs): AuthEvent[] => [
				{ type: "token-rejected", atMs, minIntervalMs: 10, ...stamp },
				...failures.map(
					(code): AuthEvent => ({
						type: "refresh-failed",
						attempt: 1,
						failure: { code, detail: null },
						atMs,
						afterMs: null,
						isResendSafe: false,
						jitter: 0,
						...stamp,
					}),
				),
			]),
		]),
	];
}

export const sameEdge = (a: Edge | null, b: Edge | null): boolean =>
	a?.from === b?.from && a?.to === b?.to && a?.event === b?.event;

function build(): MachineGraph {
	const edges = new Map<string, Edge>();
	const events = sampleEvents();
	for (const state of sampleStates())
		for (const event of events) {
			const [next] = transition(state, event);
			if (next === state) continue;
			const edge = { from: state.status, to: next.status, event: event.type };
			edges.set(`${edge.from} ${edge.to} ${edge.event}`, edge);
		}
	return {
		statuses: Object.keys(table) as Status[],
		edges: [...edges.values()],
	};
}

export const machineGraph: MachineGraph = build();
