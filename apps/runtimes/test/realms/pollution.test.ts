/**
 * D9: whatever may have been put on `Object.prototype`, by whatever bug of whatever else is on the page, answers for nothing
 * that an option, a record or a server left out. In a realm of its own within this process, so that the runtime itself,
 * which does not stand all of it, is not polluted too. Over a real port.
 */
import { createContext, runInContext } from "node:vm";
import { type MockApi, startMockApi } from "@keyturn/testing/node";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bundle } from "./bundle.ts";
import type { Life } from "./life.ts";
import { hostileValues, names, pollute } from "./pollution.ts";

const apis = {
	"/oz": "oz",
	"/kazunion": "kazunion",
	"/oauth2": "oauth2",
} as const;
let api: MockApi<typeof apis>;
let code: string;

beforeAll(async () => {
	[code, api] = await Promise.all([
		bundle(
			`import { byHand, throughFetch } from "./adapters.ts"; import { live } from "./life.ts"; handOver((plan) => live({ ...plan, adapters: { hand: byHand, fetch: throughFetch } }));`,
			{
				format: "iife",
				platform: "browser",
			},
		),
		startMockApi({ api: apis }),
	]);
});
afterAll(() => api?.close());

const lent =
	`AbortController AbortSignal Blob DOMException EventTarget FormData Headers ReadableStream Request Response TextDecoder
	TextEncoder TransformStream URL URLSearchParams atob btoa clearTimeout fetch navigator performance queueMicrotask
	setTimeout structuredClone`.split(/\s+/);

interface Realm {
	readonly prototype: object;
	/** Loads the packages, as late as may be. */
	load(): (plan: Omit<Life, "adapters">) => Promise<string[]>;
}

function realm(): Realm {
	let handed: ReturnType<Realm["load"]> | undefined;
	const context = createContext(
		Object.assign(Object.create(null), {
			handOver(given: NonNullable<typeof handed>) {
				handed = given;
			},
			...Object.fromEntries(
				lent.map((name) => [name, Reflect.get(globalThis, name)]),
			),
		}),
	);
	return {
		prototype: runInContext("Object.prototype", context),
		load() {
			runInContext(code, context);
			if (!handed) throw new Error("nothing was handed over");
			return handed;
		},
	};
}

const plan = (meanwhile?: () => void): Omit<Life, "adapters"> => ({
	url: api.url,
	platform: undefined,
	// said, since what a test leaves out is polluted as well
	meanwhile,
	closed: undefined,
});

/** A function named `then` would make a promise of every object: no `await` in that realm ever ends. */
const namesFor = (kind: string) =>
	names.filter((name) => kind !== "function" || name !== "then");

const kinds = Object.entries(hostileValues);
const everyLife = ["oz", "kazunion", "oauth2"].flatMap((name) => [
	`${name} through hand`,
	`${name} through fetch`,
]);

test.each(kinds)(
	"D9 a polluted Object.prototype (%s) before the packages load changes nothing in a session's life",
	async (kind, value) => {
		const { prototype, load } = realm();
		pollute(prototype, namesFor(kind), value);
		expect([...(await load()(plan()))]).toEqual(everyLife);
	},
);

test.each(kinds)(
	"D9 a polluted Object.prototype (%s) in the middle of a session's life changes nothing in it",
	async (kind, value) => {
		const { prototype, load } = realm();
		const lived = await load()(
			plan(() => pollute(prototype, namesFor(kind), value)),
		);
		expect([...lived]).toEqual(everyLife);
	},
);
