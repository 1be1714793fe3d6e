import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterEach, expect, test } from "vitest";
import { type Auth, createAuth } from "../src/index.ts";
import { createStage, type Stage, type User } from "./stage.ts";

setFlagsFromString("--expose_gc");
const collectGarbage = runInNewContext("gc") as () => void;

let stage: Stage | undefined;
afterEach(() => stage?.close());

test("10^5 idle sessions without eager hold no timer, and little memory each", () => {
	stage = createStage();
	const count = 100_000;
	const options = {
		protocol: stage.protocol,
		platform: stage.platform(),
		refresh: { eager: false },
	};
	collectGarbage();
	const before = process.memoryUsage().heapUsed;
	const sessions: Auth<User, User>[] = [];
	for (let index = 0; index < count; index++)
		sessions.push(createAuth<User, User>(options));
	collectGarbage();
	const bytes = (process.memoryUsage().heapUsed - before) / count;
	console.log(`an idle session: ${Math.round(bytes)} bytes of heap`);
	expect(stage.timers).toHaveLength(0);
	expect(stage.sent).toHaveLength(0);
	expect(bytes).toBeLessThan(3_500);
	expect(sessions).toHaveLength(count);
});

test("sessions that are signed in, and idle, hold no timer either without eager; with eager one each", async () => {
	stage = createStage();
	for (let index = 0; index < 20; index++)
		await stage.signedIn({ refresh: { eager: false } });
	expect(stage.timers).toHaveLength(0);
	for (let index = 0; index < 20; index++) await stage.signedIn();
	expect(stage.timers).toHaveLength(20);
	// none of them keeps a process alive
	expect(stage.timers.every(({ isBackground }) => isBackground)).toBe(true);
});
