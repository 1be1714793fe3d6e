import { describe, expect, test } from "vitest";
import { createUserSessions } from "./user-sessions.ts";

function start(limit?: number) {
	const log: string[] = [];
	const sessions = createUserSessions({
		limit,
		open(user) {
			log.push(`open ${user}`);
			return { user, close: () => log.push(`close ${user}`) };
		},
	});
	return { log, sessions };
}

describe("createUserSessions", () => {
	test("gives each user one session, and the same one while it is kept", async () => {
		const { log, sessions } = start();
		const [a, b, again] = await Promise.all([
			sessions.use("a", (session) => session),
			sessions.use("b", (session) => session),
			sessions.use("a", async (session) => session),
		]);
		expect([a.user, b.user]).toEqual(["a", "b"]);
		expect(again).toBe(a);
		expect(log).toEqual(["open a", "open b"]);
		expect(sessions.size).toBe(2);
	});

	test("lets the least recently used go, and opens it anew when it comes back", async () => {
		const { log, sessions } = start(2);
		for (const user of ["a", "b", "a", "c", "b"])
			await sessions.use(user, () => {});
		expect(log).toEqual([
			"open a",
			"open b",
			"open c",
			"close b",
			"open b",
			"close a",
		]);
		expect(sessions.size).toBe(2);
	});

	test("keeps what is in use beyond its limit, and lets it go when it is done", async () => {
		const { log, sessions } = start(1);
		let release = () => {};
		const blocked = new Promise<void>((resolve) => {
			release = resolve;
		});
		const slow = sessions.use("a", () => blocked);
		await sessions.use("b", () => {});
		await sessions.use("a", () => {});
		expect(log).toEqual(["open a", "open b", "close b"]);
		await sessions.use("c", () => {});
		expect(log.slice(3)).toEqual(["open c", "close c"]);
		expect(sessions.size).toBe(1);
		release();
		await slow;
		expect(sessions.size).toBe(1);
		expect(log).not.toContain("close a");
	});

	test("a failure of the work is the caller's, and lets the session go as well", async () => {
		const { sessions } = start(1);
		await expect(
			sessions.use("a", () => Promise.reject(new Error("work"))),
		).rejects.toThrow("work");
		await sessions.use("b", () => {});
		expect(sessions.size).toBe(1);
	});

	test("B116 a missing name is refused instead of shared", async () => {
		const { sessions, log } = start();
		for (const user of ["", undefined, null, 7])
			await expect(
				sessions.use(user as string, () => {}),
			).rejects.toMatchObject({ code: "invalid-option", detail: "user" });
		expect(log).toEqual([]);
	});

	test("closes what is idle at once and what is in use when it is done", async () => {
		const { log, sessions } = start();
		await sessions.use("a", () => {});
		const closing = sessions.use("b", async () => sessions.close());
		expect(log).toEqual(["open a", "open b", "close a"]);
		await closing;
		expect(log).toEqual(["open a", "open b", "close a", "close b"]);
		expect(sessions.size).toBe(0);
		await expect(sessions.use("a", () => {})).rejects.toMatchObject({
			code: "closed",
		});
	});

	test.each([0, -1, Number.NaN, 1e9])("refuses a limit of %s", (limit) => {
		expect(() => start(limit)).toThrow("invalid-option: limit");
	});
});
