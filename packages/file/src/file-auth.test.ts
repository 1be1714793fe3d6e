import {
	chmodSync,
	existsSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	statSync,
	utimesSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { isAuthError, type SessionRecord } from "@keyturn/core";
import { storeConformance } from "@keyturn/testing";
import { afterAll, describe, expect, test } from "vitest";
import { fileAuth, fileCoordinator, fileStore } from "./index.ts";

const folder = mkdtempSync(join(tmpdir(), "keyturn-file-"));
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;
const newPath = () => join(folder, `${++files}`, "session.json");

const recordOf = (
	generation: number,
	change: Partial<SessionRecord> = {},
): SessionRecord => ({
	schema: 1,
	protocol: "test",
	epoch: 1,
	generation,
	access: "cAnArY-access",
	refresh: "cAnArY-refresh",
	receivedAtMs: 0,
	signedInAtMs: 0,
	lifetimeMs: null,
	isPasswordExpired: false,
	user: null,
	...change,
});

const patience = { signal: new AbortController().signal, waitMs: 2_000 };

const codeOf = async (call: () => unknown): Promise<unknown> => {
	try {
		return await call();
	} catch (error) {
		return isAuthError(error) ? `${error.code}: ${error.detail}` : error;
	}
};

describe("fileStore", () => {
	for (const check of storeConformance(() => {
		const path = newPath();
		return { store: fileStore({ path }), peer: fileStore({ path }) };
	}))
		test(`as every store, ${check.name}`, check.run);

	test("reads synchronously, so that a command line knows at once whether it is signed in", async () => {
		const store = fileStore({ path: newPath() });
		expect(store.read()).toBe(null);
		await store.swap(null, recordOf(1));
		expect(store.read()).toEqual(recordOf(1));
	});

	test("only the owner can read the file and the folders it makes", async () => {
		const path = newPath();
		const store = fileStore({ path });
		await store.swap(null, recordOf(1));
		expect(statSync(path).mode & 0o777).toBe(0o600);
		for (const made of [dirname(path), `${path}.lock`])
			expect(statSync(made).mode & 0o777).toBe(0o700);
		chmodSync(path, 0o644);
		await store.swap(recordOf(1), recordOf(2));
		expect(statSync(path).mode & 0o777).toBe(0o600);
	});

	test("leaves no temporary file, and no token in a lock", async () => {
		const path = newPath();
		const { store, coordinator } = fileAuth({ path });
		await coordinator.exclusive(
			"x",
			async () => {
				await store.swap(null, recordOf(1));
				await store.read();
				await store.swap(recordOf(1), recordOf(2));
			},
			patience,
		);
		expect(readdirSync(dirname(path)).sort()).toEqual([
			"session.json",
			"session.json.lease",
			"session.json.lock",
		]);
		for (const directory of [`${path}.lease`, `${path}.lock`])
			for (const name of readdirSync(directory))
				expect(readFileSync(join(directory, name), "utf8")).not.toContain(
					"cAnArY",
				);
	});

	test("B72 what is no record of ours is reported, without a word of it, and left alone", async () => {
		const path = newPath();
		const store = fileStore({ path });
		mkdirSync(dirname(path));
		for (const text of ["{", "[]", "null", '"sUpErSeCrEt"', '{"port":80}']) {
			writeFileSync(path, text);
			expect(await codeOf(() => store.read())).toBe(
				"port-failed: the record cannot be read",
			);
			expect(await codeOf(() => store.swap(null, recordOf(1)))).toBe(
				"port-failed: the record cannot be read",
			);
			expect(readFileSync(path, "utf8")).toBe(text);
		}
	});

	test("B68 a record of a newer version is neither read nor overwritten", async () => {
		const path = newPath();
		const store = fileStore({ path });
		mkdirSync(dirname(path));
		const text = JSON.stringify({ ...recordOf(1), schema: 2 });
		writeFileSync(path, text);
		expect(await codeOf(() => store.read())).toBe(
			"port-failed: the record is of a newer version",
		);
		expect(await codeOf(() => store.swap(recordOf(1), recordOf(2)))).toBe(
			"port-failed: the record is of a newer version",
		);
		expect(readFileSync(path, "utf8")).toBe(text);
	});

	test("a folder that cannot be written is an error without its path", async () => {
		const path = newPath();
		mkdirSync(dirname(path));
		writeFileSync(`${path}.lock`, "in the way");
		const result = await codeOf(() =>
			fileStore({ path }).swap(null, recordOf(1)),
		);
		expect(result).toBe("port-failed: file: EEXIST");
		expect(existsSync(path)).toBe(false);
	});

	test.each([
		["path", { path: "" }],
		["leaseMs", { path: "x", leaseMs: 0 }],
		["leaseMs", { path: "x", leaseMs: Number.NaN }],
	])("refuses a wrong %s at once", (name, options) => {
		expect(() => fileAuth(options)).toThrow(`invalid-option: ${name}`);
	});
});

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
		await fileCoordinator({ path, leaseMs: 150 }).exclusive(
			"x",
			async () => {},
			patience,
		);
		const tookMs = performance.now() - startMs;
		expect(tookMs).toBeGreaterThanOrEqual(145);
		expect(tookMs).toBeLessThan(1_000);
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
