import { expect, test } from "vitest";
import { createBench, json } from "../test/bench.ts";
import { createAuth, defineStore, type Grant } from "./index.ts";

test("signs in, renews once for many, signs out", async () => {
	const b = createBench();
	const auth = createAuth({
		protocol: b.protocol,
		platform: b.platform,
		refresh: { eager: false },
	});
	expect(auth.authorize("https://a.test/x")).toBe(null);
	expect(auth.authorize("https://b.test/x")).toBe(null);
	const state = await auth.signIn({ user: "u" });
	expect(state.status).toBe("authenticated");
	const grant = auth.authorize("https://a.test/x") as Grant;
	expect(grant.headers).toEqual([["authorization", "Bearer a1"]]);
	await b.advance(60_000);
	const grants = await Promise.all(
		Array.from({ length: 50 }, () => auth.authorize("https://a.test/x")),
	);
	expect(new Set(grants.map((g) => g?.headers[0]?.[1]))).toEqual(
		new Set(["Bearer a2"]),
	);
	expect(b.asked).toBe(2);
	expect((await auth.renew(grant))?.generation).toBe(2);
	expect(b.asked).toBe(2);
	expect(await auth.signOut()).toEqual({ isForgotten: true, isRevoked: true });
	expect(auth.authorize("https://a.test/x")).toBe(null);
	expect(b.timers.size).toBe(0);
});

test("L2 a store that stops answering after a no leaves nobody refreshing for ever", async () => {
	const b = createBench();
	let isHung = false;
	let text = "null";
	const auth = createAuth({
		protocol: b.protocol,
		platform: b.platform,
		refresh: { eager: false },
		store: defineStore({
			read: () => (isHung ? new Promise<never>(() => {}) : JSON.parse(text)),
			swap(_expected, next) {
				text = JSON.stringify(next);
				return true;
			},
		}),
	});
	await auth.signIn({ user: "u" });
	b.answerWith(async () => {
		isHung = true;
		return json({}, 401);
	});
	await b.advance(60_000);
	const answer = Promise.resolve(auth.authorize("https://a.test/x")).catch(
		(error: unknown) => error,
	);
	await b.advance(10_000);
	expect(await answer).toMatchObject({ code: "timeout" });
	expect(auth.state).toMatchObject({
		status: "expired",
		failure: { code: "unavailable" },
	});
	auth.close();
});
