import { type ChildProcess, fork, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { SessionRecord } from "@keyturn/core";
import { oauth2 } from "@keyturn/protocols/oauth2";
import { createOAuth2Authority } from "@keyturn/testing";
import { startMockApi } from "@keyturn/testing/node";
import { held, heldAnswers } from "@keyturn/tooling/held-answers";
import {
	afterAll,
	afterEach,
	beforeEach,
	describe,
	expect,
	test,
	vi,
} from "vitest";
import { fileStore } from "../src/index.ts";

const folder = mkdtempSync(join(tmpdir(), "keyturn-file-"));
const { delay, release } = heldAnswers();
const authority = createOAuth2Authority({ delay });
const api = await startMockApi({ api: authority });
afterAll(async () => {
	await api.close();
	rmSync(folder, { recursive: true });
});
beforeEach(() => authority.reset());

let files = 0;
const newPath = () => join(folder, `${++files}`, "session.json");

const worker = join(import.meta.dirname, "file-worker.ts");
const execArgv = ["--conditions=source"];

const begun: ChildProcess[] = [];
/** None outlives its test: a frozen one keeps the whole run from its end. */
afterEach(() => {
	for (const child of begun.splice(0)) child.kill("SIGKILL");
});

const run = (...args: string[]): ChildProcess => {
	const child = fork(worker, args, { execArgv });
	begun.push(child);
	return child;
};

/** No file can grow beyond 2,048 bytes (POSIX: blocks of 512), as on a disk that is full there. */
const runWithoutRoom = (...args: string[]): ChildProcess =>
	spawn(
		"sh",
		["-c", 'ulimit -f 4; exec "$0" "$@"'].concat(
			process.execPath,
			execArgv,
			worker,
			args,
		),
		{ stdio: ["ignore", "inherit", "inherit", "ipc"] },
	);

/** Begins when all of them have started: the slowest start decides, not the first. */
const countTogether = async (processes: number, path: string, up: string) => {
	const children = Array.from({ length: processes }, () =>
		run("count", path, up),
	);
	await Promise.all(children.map((child) => once(child, "message")));
	for (const child of children) child.send("begin");
	return children;
};

const answerOf = async (child: ChildProcess): Promise<unknown> => {
	const [answer] = await once(child, "message");
	const [code] = child.exitCode === null ? await once(child, "exit") : [0];
	expect(code).toBe(0);
	return answer;
};

/** Renewed then; its access token lives for an hour. */
const recordAt = (receivedAtMs: number): SessionRecord => ({
	...authority.issue("user"),
	schema: 1,
	protocol: oauth2({
		baseUrl: api.url,
		tokenUrl: "/oauth/token",
		grant: "password",
		clientId: "public",
	}).name,
	epoch: 1,
	generation: 1,
	receivedAtMs,
	signedInAtMs: receivedAtMs,
	lifetimeMs: 3_600_000,
	isPasswordExpired: false,
	user: null,
});
const expired = () => recordAt(Date.now() - 3_600_000);

const hasCounted = (counts: Partial<typeof authority.counters>) =>
	expect.poll(() => authority.counters, { interval: 5 }).toMatchObject(counts);

describe("several processes and one file", () => {
	test("S5 four of them count to 80 by compare-and-set: none is lost, none is doubled", async () => {
		const path = newPath();
		const store = fileStore({ path });
		await store.swap(null, recordAt(Date.now()));
		// until they were at it at the same time, which a busy machine need not let them be
		for (let total = 81, refusals = 0; refusals === 0; total += 80) {
			const children = await countTogether(4, path, "20");
			const refused = await Promise.all(children.map(answerOf));
			expect((await store.read())?.generation).toBe(total);
			refusals = Math.max(...(refused as number[]));
		}
	});

	test("killed at any moment, they leave a whole record and a lock that can be had", async () => {
		const path = newPath();
		const store = fileStore({ path });
		await store.swap(null, recordAt(Date.now()));
		for (let round = 0; round < 2; round++) {
			const children = await countTogether(2, path, "1e9");
			const { generation = 0 } = (await store.read()) ?? {};
			// both are at it
			await expect
				.poll(async () => (await store.read())?.generation, {
					interval: 3,
				})
				.toBeGreaterThan(generation + 5 + round);
			for (const child of children) {
				child.kill("SIGKILL");
				await once(child, "exit");
			}
			const record = JSON.parse(readFileSync(path, "utf8")) as SessionRecord;
			expect(record.generation).toBeGreaterThan(generation);
			// the first look, and the pause after it where the lock is not free, are taken before the call returns
			const pause = vi.spyOn(globalThis, "setTimeout");
			const swapped = store.swap(record, {
				...record,
				generation: record.generation + 1,
			});
			const pauses = pause.mock.calls.length;
			pause.mockRestore();
			// a dead holder is no reason to wait
			expect(pauses).toBe(0);
			expect(await swapped).toBe(true);
		}
		// nor anything that has tokens in it
		expect(readdirSync(dirname(path)).sort()).toEqual([
			"session.json",
			"session.json.lock",
		]);
	});

	test("B71 a disk that is full in the middle of a write leaves the old record, and is an error", async () => {
		const path = newPath();
		const store = fileStore({ path });
		const record = recordAt(Date.now());
		await store.swap(null, record);
		expect(await answerOf(runWithoutRoom("write", path, "5000"))).toBe(
			"file: EFBIG",
		);
		expect(await store.read()).toEqual(record);
		expect(readdirSync(dirname(path)).sort()).toEqual([
			"session.json",
			"session.json.lock",
		]);
		expect(await answerOf(runWithoutRoom("write", path, "5"))).toBe(true);
	});

	test("B61 four runs of a command line with an expired token renew it once", async () => {
		const path = newPath();
		await fileStore({ path }).swap(null, expired());
		const answers = await Promise.all(
			Array.from({ length: 4 }, () => answerOf(run("request", path, api.url))),
		);
		expect(answers).toEqual([200, 200, 200, 200]);
		expect(authority.counters).toMatchObject({
			refreshRequests: 1,
			refreshes: 1,
			reuses: 0,
		});
	});

	test("B63 a run killed before the server acted costs nothing but its own request", async () => {
		const path = newPath();
		await fileStore({ path }).swap(null, expired());
		authority.fail(held, { on: "refresh" });
		// longer than anybody has patience
		const victim = run("request", path, api.url, "300000");
		await hasCounted({ refreshRequests: 1 });
		victim.kill("SIGKILL");
		await once(victim, "exit");
		expect(await answerOf(run("request", path, api.url))).toBe(200);
		expect(authority.counters).toMatchObject({ refreshes: 1, reuses: 0 });
	});

	test("B63 a run killed after the server acted: the next one says in-doubt", async () => {
		const path = newPath();
		await fileStore({ path }).swap(null, expired());
		authority.fail({ type: "hang", isAfter: true }, { on: "refresh" });
		const victim = run("request", path, api.url);
		await hasCounted({ refreshes: 1 });
		victim.kill("SIGKILL");
		await once(victim, "exit");
		expect(await answerOf(run("request", path, api.url))).toBe("in-doubt");
		expect(await fileStore({ path }).read()).toMatchObject({ access: null });
	});

	test("B62 a run frozen beyond its lease brings the only live pair home when it thaws", async () => {
		const path = newPath();
		await fileStore({ path }).swap(null, expired());
		authority.fail(held, { on: "refresh" });
		const frozen = run("request", path, api.url, "600");
		const frozenAnswer = answerOf(frozen);
		await hasCounted({ refreshRequests: 1 });
		frozen.kill("SIGSTOP");
		release();
		await hasCounted({ refreshes: 1 });
		// it sees the pair in the folder, long before it would send
		const other = answerOf(run("request", path, api.url, "200000", "60"));
		// it has the next lease, has found the mark, and waits before it dares to send
		await expect
			.poll(() => readdirSync(`${path}.lease`), {
				interval: 5,
			})
			.toContain("2");
		frozen.kill("SIGCONT");
		expect(await Promise.all([frozenAnswer, other])).toEqual([200, 200]);
		expect(authority.counters).toMatchObject({ refreshRequests: 1, reuses: 0 });
	});
});
