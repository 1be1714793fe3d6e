import { createAuth } from "@keyturn/core";
import { webPlatform } from "@keyturn/fetch";
import { afterEach, expect, test, vi } from "vitest";
import { bench } from "../test/bench-protocol.ts";
import type { WorkerReply } from "../test/worker.ts";
import { browserAuth } from "./index.ts";

afterEach(() => {
	vi.restoreAllMocks();
});

let count = 0;
const freshKey = () => `bundle-${++count}`;

const open = (key: string, options = {}) =>
	createAuth({
		protocol: bench,
		platform: webPlatform(),
		...browserAuth(key, options),
	});

test("needs nothing but a key, and says what it works with", () => {
	expect(browserAuth(freshKey()).diagnostics()).toEqual({
		storage: "indexedDB",
		faults: [],
		exclusion: "web-locks",
	});
	expect(
		browserAuth(freshKey(), { storage: "session" }).diagnostics(),
	).toMatchObject({ storage: "sessionStorage" });
});

test("opens, asks and writes nothing before a session uses it", async () => {
	const database = vi.spyOn(indexedDB, "open");
	const locks = vi.spyOn(navigator.locks, "request");
	const listen = vi.spyOn(globalThis, "addEventListener");
	const key = freshKey();
	browserAuth(key);
	browserAuth(key, { storage: "local" });
	expect(database).not.toHaveBeenCalled();
	expect(locks).not.toHaveBeenCalled();
	expect(listen).not.toHaveBeenCalled();
	expect(JSON.stringify(localStorage)).not.toContain(key);
});

test.each(["indexedDB", "local"] as const)(
	"B42 two sessions of one page refresh once, and both have it (%s)",
	async (storage) => {
		const key = freshKey();
		const options = storage === "local" ? { storage } : {};
		using one = open(key, options);
		using two = open(key, options);
		await one.signIn("Ada");
		await expect.poll(() => two.state.status).toBe("authenticated");
		const judge = vi.spyOn(bench.refresh, "judge");
		await Promise.all([one.refresh(), two.refresh()]);
		expect(judge).toHaveBeenCalledTimes(1);
		expect(one.state.generation).toBe(2);
		expect(two.state.generation).toBe(2);
		await two.signOut();
		await expect
			.poll(() => one.state)
			.toMatchObject({ reason: "signed-out-elsewhere" });
	},
);

test("B57 another key is another session", async () => {
	using one = open(freshKey());
	using two = open(freshKey());
	await one.signIn("Ada");
	await two.signIn("Grace");
	expect(one.state.user).toBe("Ada");
	await two.signOut();
	await one.refresh();
	expect(one.state).toMatchObject({ status: "authenticated", generation: 2 });
});

test("B60 a page and a worker refresh once between them", async () => {
	const key = freshKey();
	using page = open(key);
	await page.signIn("Ada");
	const worker = new Worker(new URL("../test/worker.ts", import.meta.url), {
		type: "module",
		name: key,
	});
	const reply = (): Promise<WorkerReply> =>
		new Promise((resolve) => {
			worker.addEventListener("message", ({ data }) => resolve(data), {
				once: true,
			});
		});
	expect(await reply()).toEqual({ generation: 1, refreshes: 0 });
	const judge = vi.spyOn(bench.refresh, "judge");
	const answered = reply();
	worker.postMessage("refresh");
	await page.refresh();
	const { generation, refreshes } = await answered;
	expect(generation).toBe(2);
	expect(page.state.generation).toBe(2);
	expect(refreshes + judge.mock.calls.length).toBe(1);
	worker.terminate();
});

test("B83 a closed session leaves no listener, no channel and no lock", async () => {
	const added: string[] = [];
	for (const [target, name] of [
		[globalThis, "window"],
		[document, "document"],
	] as const) {
		const { addEventListener } = target;
		vi.spyOn(target, "addEventListener").mockImplementation(function (
			this: EventTarget,
			...args: unknown[]
		) {
			const [type, , options] = args as [
				string,
				unknown,
				AddEventListenerOptions,
			];
			added.push(`${name} ${type}`);
			options.signal?.addEventListener("abort", () =>
				added.splice(added.indexOf(`${name} ${type}`), 1),
			);
			Reflect.apply(addEventListener, this, args);
		} as typeof addEventListener);
	}
	const open = vi.spyOn(globalThis, "BroadcastChannel");
	const close = vi.spyOn(BroadcastChannel.prototype, "close");
	const key = freshKey();
	const auth = createAuth({
		protocol: bench,
		platform: webPlatform(),
		...browserAuth(key),
	});
	await auth.signIn("Ada");
	await auth.refresh();
	expect(added.toSorted()).toEqual([
		"document resume",
		"document visibilitychange",
		"window online",
		"window pageshow",
		"window storage",
	]);
	auth.close();
	expect(added).toEqual([]);
	await expect
		.poll(() => open.mock.calls.length - close.mock.calls.length)
		.toBe(0);
	// the work under way is finished first
	await expect
		.poll(async () =>
			(await navigator.locks.query()).held?.filter(({ name }) =>
				name?.endsWith(key),
			),
		)
		.toEqual([]);
});
