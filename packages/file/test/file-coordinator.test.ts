import { mkdirSync, readdirSync, rmSync, utimesSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { fileAuth, fileCoordinator } from "../src/index.ts";
import { codeOf, newPath, patience, recordOf } from "./place.ts";

describe("fileCoordinator", () => {
	test("lets one at a time in, and all of them in the end", async () => {
		const path = newPath();
		mkdirSync(dirname(path));
		let inside = 0;
		let most = 0;
		await Promise.all(
			Array.from({ length: 6 }, () =>
				fileCoordinator({ path }).exclusive(
					"x",
					async () => {
						most = Math.max(most, ++inside);
						await new Promise((resolve) => setTimeout(resolve, 5));
						inside--;
					},
					patience,
				),
			),
		);
		expect(most).toBe(1);
		expect(readdirSync(`${path}.lease`)).toEqual(["6"]);
	});

	test("B51 patience that runs out is no theft", async () => {
		const path = newPath();
		mkdirSync(dirname(path));
		let release = () => {};
		const held = fileCoordinator({ path }).exclusive(
			"x",
			() =>
				new Promise<void>((resolve) => {
					release = resolve;
				}),
			patience,
		);
		expect(
			await codeOf(() =>
				fileCoordinator({ path }).exclusive("x", async () => {}, {
					...patience,
					waitMs: 50,
				}),
			),
		).toBe("unavailable: another process is renewing it");
		const abort = new AbortController();
		const waiting = codeOf(() =>
			fileCoordinator({ path }).exclusive("x", async () => {}, {
				signal: abort.signal,
				waitMs: 60_000,
			}),
		);
		abort.abort();
		expect(await waiting).toBe("closed: null");
		release();
		await held;
	});

	test("B51 a lease lasts as long as its holder said, whatever the next one's own would", async () => {
		const path = newPath();
		mkdirSync(dirname(path));
		void fileCoordinator({ path, leaseMs: 300_000 }).exclusive(
			"x",
			() => new Promise(() => {}),
			patience,
		);
		expect(
			await codeOf(() =>
				fileCoordinator({ path, leaseMs: 100 }).exclusive("x", async () => {}, {
					...patience,
					waitMs: 300,
				}),
			),
		).toBe("unavailable: another process is renewing it");
	});

	test("L4 a lease ends by itself, also where the clock of the file system was ahead", async () => {
		const path = newPath();
		mkdirSync(dirname(path));
		void fileCoordinator({ path, leaseMs: 150 }).exclusive(
			"x",
			() => new Promise(() => {}),
			patience,
		);
		const ahead = new Date(Date.now() + 3_600_000);
		utimesSync(join(`${path}.lease`, "1"), ahead, ahead);
		const startMs = performance.now();
		// patience that would run out long before that clock
		await fileCoordinator({ path, leaseMs: 150 }).exclusive(
			"x",
			async () => {},
			{
				...patience,
				waitMs: 20_000,
			},
		);
		expect(performance.now() - startMs).toBeGreaterThanOrEqual(145);
	});

	test("B62 a read under a lease that is over is refused, before anything is sent", async () => {
		const path = newPath();
		const one = fileAuth({ path, leaseMs: 100 });
		await one.store.swap(null, recordOf(1));
		expect(
			await codeOf(() =>
				one.coordinator.exclusive(
					"x",
					async () => {
						await fileCoordinator({ path }).exclusive(
							"x",
							async () => {},
							patience,
						);
						return one.store.read();
					},
					patience,
				),
			),
		).toBe("unavailable: the lease is over");
	});

	test("B62 a lease that was deleted by hand is over, also where somebody else has begun a new one", async () => {
		const path = newPath();
		const one = fileAuth({ path });
		await one.store.swap(null, recordOf(1));
		await one.coordinator.exclusive("x", async () => {}, patience);
		const readWithout = (meanwhile: () => Promise<void>) =>
			codeOf(() =>
				one.coordinator.exclusive(
					"x",
					async () => {
						rmSync(`${path}.lease`, { recursive: true });
						await meanwhile();
						return one.store.read();
					},
					patience,
				),
			);
		expect(await readWithout(async () => {})).toBe(
			"unavailable: the lease is over",
		);
		await one.coordinator.exclusive("x", async () => {}, patience);
		expect(
			await readWithout(() =>
				fileCoordinator({ path }).exclusive("x", async () => {}, patience),
			),
		).toBe("unavailable: the lease is over");
	});

	test("a lease that cannot be marked is an error without its path", async () => {
		const path = newPath();
		const { store, coordinator } = fileAuth({ path });
		await store.swap(null, recordOf(1));
		expect(
			await codeOf(() =>
				coordinator.exclusive(
					"x",
					async () => {
						rmSync(join(`${path}.lease`, "1"));
						mkdirSync(join(`${path}.lease`, "1"));
						return store.read();
					},
					patience,
				),
			),
		).toBe("port-failed: file: EISDIR");
	});

	test("B63 the mark of a lease that ended without a word is doubt for the next, until there is a new pair", async () => {
		const path = newPath();
		const dead = fileAuth({ path, leaseMs: 100 });
		await dead.store.swap(null, recordOf(1));
		void dead.coordinator.exclusive(
			"x",
			async () => {
				await dead.store.read();
				// and is never heard of again
				return new Promise(() => {});
			},
			patience,
		);
		const next = fileAuth({ path });
		const look = () =>
			next.coordinator.exclusive("x", async () => next.store.read(), patience);
		expect(await look()).toMatchObject({ generation: 1, isInDoubt: true });
		expect(await look()).toMatchObject({ generation: 1, isInDoubt: true });
		await next.coordinator.exclusive(
			"x",
			async () => {
				await next.store.read();
				await next.store.swap(recordOf(1), recordOf(2));
			},
			patience,
		);
		expect(await look()).toMatchObject({ generation: 2, isInDoubt: false });
	});

	test("B63 work that ends in doubt leaves its mark, and other work does not", async () => {
		const path = newPath();
		const { store, coordinator } = fileAuth({ path });
		await store.swap(null, recordOf(1));
		const endWith = (result: string | undefined) =>
			coordinator.exclusive(
				"x",
				async () => {
					const record = await store.read();
					return [result, record?.isInDoubt] as const;
				},
				patience,
			);
		expect(await endWith(undefined)).toEqual([undefined, false]);
		expect(await endWith("unavailable")).toEqual(["unavailable", false]);
		await coordinator.exclusive(
			"x",
			async () => {
				await store.read();
				return "timeout";
			},
			patience,
		);
		expect(await endWith(undefined)).toEqual([undefined, true]);
	});
});
