/**
 * What is searched in every test run. Each case bounds how often a thing may happen, so that the worlds are finitely many;
 * within its bounds it is searched whole. Over 200 lines because it is one list.
 */
import type { Configuration } from "./configuration.ts";

export interface Case extends Configuration {
	/** At least so many distinct states: a bound that shrinks unnoticed proves less than it says. */
	readonly floor: number;
	/** Safety alone, with clients that have no names: larger worlds in the same time. */
	readonly isSafetyOnly?: boolean;
}

/** Two tabs in one session, with everything as it should be. */
export const base = {
	clients: 2,
	start: "signed-in",
	store: "instant",
	hasHints: true,
	leaseMs: 3_000,
	isRotating: true,
	reuseMs: 0,
	isEager: false,
	maxPairs: 3,
	delays: 1,
} as const;

export const one = { ...base, clients: 1 } as const;
export const slow = { ...base, store: "slow" } as const;
export const plain = { ...base, store: "plain" } as const;
const races = { delays: 0, start: "signed-out", maxPairs: 2 } as const;

/** Slowness only: in these no refresh token is ever spent twice, and no family revoked. */
export const soundCases: readonly Case[] = [
	{ ...base, name: "two tabs", calls: 3, delays: 3, floor: 80_000 },
	{ ...base, name: "timers", isEager: true, calls: 1, delays: 2, floor: 26e3 },
	{ ...base, name: "401 for good tokens", calls: 2, refusals: 1, floor: 19e3 },
	{ ...base, name: "no hints", calls: 2, hasHints: false, floor: 800 },
	{ ...base, name: "clocks apart", calls: 2, skewsMs: [0, 3e3], floor: 1_300 },
	{ ...slow, name: "slow store", calls: 2, delays: 2, floor: 17_000 },
	{ ...plain, name: "plain store", calls: 2, delays: 2, floor: 22_000 },
	{ ...base, name: "no rotation", calls: 2, isRotating: false, floor: 700 },
	{
		...one,
		name: "sliding",
		isSliding: true,
		calls: 3,
		delays: 2,
		floor: 7_500,
	},
	{ ...base, name: "absolute limit", calls: 2, maxSessionMs: 15e3, floor: 900 },
	{
		...base,
		name: "three for one lock",
		clients: 3,
		calls: 3,
		delays: 2,
		isSafetyOnly: true,
		floor: 22_000,
	},
	{
		...base,
		name: "compare-and-set alone, reuse interval",
		calls: 2,
		leaseMs: null,
		reuseMs: 6_000,
		floor: 600,
	},
	{
		...base,
		name: "sign-in and sign-out",
		signIns: 1,
		signOuts: 1,
		calls: 1,
		delays: 0,
		floor: 3_000,
	},
	{
		...base,
		name: "two sign-ins",
		signIns: 2,
		calls: 1,
		delays: 0,
		floor: 9e3,
	},
	{
		...slow,
		...races,
		name: "two sign-ins at once, slow store",
		signIns: 2,
		calls: 1,
		refusals: 1,
		hasHints: false,
		floor: 5_500,
	},
	{
		...slow,
		name: "sign-in and sign-out, slow store",
		signIns: 1,
		signOuts: 1,
		floor: 900,
	},
	{
		...plain,
		name: "sign-in and sign-out, plain store",
		signIns: 1,
		signOuts: 1,
		floor: 1_400,
	},
];

/** One fault or two in each: messages, processes, stores. */
export const faultyCases: readonly Case[] = [
	{
		...base,
		name: "lost messages",
		calls: 2,
		losses: 1,
		outages: 1,
		floor: 9e3,
	},
	{
		...base,
		name: "lost in silence",
		calls: 2,
		losses: 1,
		isSilent: true,
		delays: 2,
		floor: 10_500,
	},
	{
		...base,
		name: "lost, timers",
		isEager: true,
		losses: 1,
		delays: 2,
		floor: 38_000,
	},
	{
		...base,
		name: "lost, and asked",
		calls: 1,
		asks: 1,
		losses: 1,
		floor: 7e3,
	},
	{
		...base,
		name: "lost, reuse interval",
		calls: 2,
		losses: 1,
		outages: 1,
		reuseMs: 3_000,
		floor: 9_000,
	},
	{
		...base,
		name: "lost, resend: always",
		calls: 2,
		losses: 1,
		outages: 1,
		reuseMs: Infinity,
		floor: 9_000,
	},
	{
		...base,
		name: "lost, compare-and-set alone",
		calls: 2,
		leaseMs: null,
		reuseMs: 6_000,
		losses: 1,
		floor: 3_000,
	},
	{ ...slow, name: "crash, slow store", calls: 2, crashes: 1, floor: 14_000 },
	{
		...base,
		name: "crash and freeze, fenced",
		calls: 2,
		freezes: 1,
		crashes: 1,
		isFenced: true,
		floor: 32_000,
	},
	{
		...base,
		name: "frozen holder, no rotation",
		calls: 1,
		isRotating: false,
		isEager: true,
		freezes: 1,
		floor: 42_000,
	},
	{ ...base, name: "broken store", calls: 2, storeFaults: 1, floor: 5_500 },
	{ ...slow, name: "hung store", calls: 2, hangs: 1, floor: 6_700 },
	{ ...base, name: "emptied store", calls: 1, wipes: 1, floor: 500 },
	{
		...slow,
		name: "sign-out against refresh, slow store",
		signOuts: 1,
		calls: 2,
		floor: 32_000,
	},
	{
		...one,
		name: "one tab, everything",
		calls: 2,
		refusals: 1,
		signIns: 1,
		signOuts: 1,
		losses: 1,
		delays: 0,
		floor: 15_500,
	},
	{
		...one,
		name: "sliding, lost",
		isSliding: true,
		calls: 3,
		losses: 1,
		floor: 5_400,
	},
	{
		...one,
		name: "two who wait",
		calls: 3,
		crowd: 2,
		losses: 1,
		delays: 2,
		floor: 9_000,
	},
];
