import type {
	HttpRequest,
	HttpResponse,
	Platform,
	Protocol,
} from "../src/index.ts";

export const json = (body: unknown, status = 200): HttpResponse => ({
	status,
	headers: {},
	body: JSON.stringify(body),
});

/** One session's surroundings, moved by hand: clocks, timers, an API that answers as told. */
export function createBench(lifetimeMs: number | null = 60_000) {
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
			return request.url.endsWith("/revoke")
				? Promise.resolve(json({}))
				: answer(request);
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
		signOut: {
			request: ({ access }) => ({
				method: "POST",
				url: "https://a.test/revoke",
				headers: [["x-token", access.fingerprint]],
				body: null,
			}),
		},
		covers: (url) => url.startsWith("https://a.test/"),
		authorize: ({ access }) => [["authorization", `Bearer ${access.reveal()}`]],
		judge: ({ status }) => status === 401,
	};
	const held: ((response: HttpResponse) => void)[] = [];
	return {
		platform,
		protocol,
		timers,
		/** Token requests, without revocations. */
		get asked() {
			return sent.filter(({ url }) => !url.endsWith("/revoke")).length;
		},
		get revoked() {
			return sent.filter(({ url }) => url.endsWith("/revoke")).length;
		},
		/** From here on answers wait until they are let go, oldest first. */
		hold() {
			answer = () => new Promise((resolve) => held.push(resolve));
		},
		release(response = json({ a: `a${++count}`, r: `r${count}` })) {
			held.shift()?.(response);
		},
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
