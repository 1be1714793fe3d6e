import { expect, test } from "vitest";
import {
	createAuth,
	defineStore,
	type Grant,
	type HttpRequest,
	type HttpResponse,
	type Platform,
	type Protocol,
} from "./index.ts";

const json = (body: unknown, status = 200): HttpResponse => ({
	status,
	headers: {},
	body: JSON.stringify(body),
});

function bench(lifetimeMs = 60_000) {
	let at = 0;
	let count = 0;
	const timers = new Set<{ at: number; run(): void }>();
	const sent: HttpRequest[] = [];
	let answer: (request: HttpRequest) => Promise<HttpResponse> = async () =>
		json({ a: `a${++count}`, r: `r${count}` });
	const platform: Platform = {
		nowMs: () => 1e12 + at,
		monotonicMs: () => at,
		schedule(delayMs, run) {
			const timer = { at: at + delayMs, run };
			timers.add(timer);
			return () => timers.delete(timer);
		},
		random: () => 0.5,
		send(request) {
			sent.push(request);
			return answer(request);
		},
	};
	const exchange = {
		request: () => ({
			method: "POST",
			url: "https://a.test/t",
			headers: [],
			body: null,
		}),
		judge: ({ status, body }: HttpResponse) => {
			if (status === 401) return { type: "rejected" as const, detail: "no" };
			if (status !== 200) return { type: "retryable" as const };
			const { a, r } = JSON.parse(body);
			return { type: "ok" as const, access: a, refresh: r, lifetimeMs };
		},
	};
	const protocol: Protocol<{ user: string }, null> = {
		name: "bench",
		signIn: exchange,
		refresh: exchange,
		covers: (url) => url.startsWith("https://a.test/"),
		authorize: ({ access }) => [["authorization", `Bearer ${access.reveal()}`]],
		judge: ({ status }) => status === 401,
	};
	return {
		platform,
		protocol,
		sent,
		timers,
		answerWith(next: typeof answer) {
			answer = next;
		},
		async advance(ms: number) {
			const end = at + ms;
			for (;;) {
				await new Promise((r) => setImmediate(r));
				const next = [...timers].sort((a, b) => a.at - b.at)[0];
				if (!next || next.at > end) break;
				timers.delete(next);
				at = Math.max(at, next.at);
				next.run();
			}
			at = end;
			await new Promise((r) => setImmediate(r));
		},
	};
}

test("signs in, renews once for many, signs out", async () => {
	const b = bench();
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
	expect(b.sent.length).toBe(2);
	expect((await auth.renew(grant))?.generation).toBe(2);
	expect(b.sent.length).toBe(2);
	expect(await auth.signOut()).toEqual({ isForgotten: true, isRevoked: null });
	expect(auth.authorize("https://a.test/x")).toBe(null);
	expect(b.timers.size).toBe(0);
});

test("L2 a store that stops answering after a no leaves nobody refreshing for ever", async () => {
	const b = bench();
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
