import { createAuth, defineProtocol, isAuthError } from "@keyturn/core";
import { expect, test } from "vitest";
import { ConnectionLost } from "./api-message.ts";
import { createOAuth2Authority } from "./oauth2-authority.ts";
import { createOzAuthority } from "./oz-authority.ts";
import { virtualPlatform } from "./virtual-platform.ts";

const request = {
	method: "POST",
	url: "https://api.test/token",
	headers: [["Content-Type", "application/json"]] as const,
	body: "{}",
};
test("delivers at once by default, to functions and to authorities", async () => {
	const platform = virtualPlatform({
		server: ({ headers, body }) => ({
			body: `${headers["content-type"]} ${body}`,
		}),
	});
	expect(await platform.send(request)).toEqual({
		status: 200,
		headers: {},
		body: "application/json {}",
	});
	platform.network.connect(createOzAuthority(), "https://oz.test/base/");
	const answer = await platform.fetch("https://oz.test/base/api/public");
	expect(await answer.json()).toEqual({ isPublic: true, isSignedIn: false });
	expect(platform.network.sent.map(({ url }) => url)).toEqual([
		"https://api.test/token",
		"https://oz.test/base/api/public",
	]);
});

test("steps by hand: sent, answered, settled", async () => {
	let acts = 0;
	const platform = virtualPlatform({ server: () => ({ body: `${++acts}` }) });
	platform.network.hold();
	const answer = platform.send(request);
	await platform.flush();
	const [exchange] = platform.network.pending;
	expect([exchange?.phase, acts]).toEqual(["sent", 0]);
	await exchange?.deliver();
	expect([exchange?.phase, acts]).toEqual(["answered", 1]);
	await exchange?.deliver();
	expect(exchange?.phase).toBe("settled");
	expect((await answer).body).toBe("1");
	expect(platform.network.pending).toEqual([]);
});

test("B16 headers are found by any spelling, as on a real network", async () => {
	const headers = { "Retry-After": "120" };
	const found = { headers: { "retry-after": "120" } };
	const platform = virtualPlatform({ server: () => ({ headers }) });
	expect(await platform.send(request)).toMatchObject(found);
	platform.network.hold();
	const byHand = platform.send(request);
	await platform.flush();
	platform.network.pending[0]?.answer({ headers });
	expect(await byHand).toMatchObject(found);
	await platform.network.release();
	const api = createOzAuthority();
	platform.network.connect(api);
	api.fail({
		type: "status",
		status: 503,
		headers: { ...headers, "Content-Type": "text/plain" },
	});
	expect(await platform.send(request)).toMatchObject({
		headers: { ...found.headers, "content-type": "text/plain" },
	});
});

test("drops what is on its way, before the server acts or after", async () => {
	let acts = 0;
	const platform = virtualPlatform({ server: () => ({ body: `${++acts}` }) });
	platform.network.hold();
	for (const steps of [0, 1]) {
		const answer = platform.send(request);
		await platform.flush();
		const [exchange] = platform.network.pending;
		if (steps) await exchange?.deliver();
		exchange?.drop();
		const error = await answer.catch((reason: unknown) => reason);
		expect(error).toBeInstanceOf(ConnectionLost);
		// not an AuthError: the sender cannot know that the server did not act
		expect(isAuthError(error)).toBe(false);
		expect(acts).toBe(steps);
	}
});

test("drops silently: the sender never hears", async () => {
	const platform = virtualPlatform({ server: () => ({}) });
	platform.network.hold();
	let isSettled = false;
	void platform.send(request).finally(() => {
		isSettled = true;
	});
	await platform.flush();
	platform.network.pending[0]?.drop({ isSilent: true });
	await platform.advance(3_600_000);
	expect(isSettled).toBe(false);
});

test("answers in the server's place, and delivers the rest on release", async () => {
	const platform = virtualPlatform({ server: () => ({ body: "server" }) });
	platform.network.hold();
	const answers = [platform.send(request), platform.send(request)];
	await platform.flush();
	platform.network.pending[1]?.answer({ status: 503 });
	await platform.network.release();
	expect(
		(await Promise.all(answers)).map(({ status, body }) => [status, body]),
	).toEqual([
		[200, "server"],
		[503, ""],
	]);
});

test("offline, nothing leaves and the sender knows it", async () => {
	const platform = virtualPlatform({ server: () => ({}) });
	platform.network.isOnline = false;
	await expect(platform.send(request)).rejects.toMatchObject({
		code: "unavailable",
	});
	expect(platform.network.sent).toEqual([]);
	await expect(platform.fetch("https://api.test/")).rejects.toBeInstanceOf(
		TypeError,
	);
});

test("a server is found by origin and path, not by first letters", async () => {
	const platform = virtualPlatform();
	platform.network.connect(() => ({ body: "everybody else" }));
	platform.network.connect(() => ({ body: "mine" }), "https://api.test/v1");
	const answers = await Promise.all(
		[
			"https://api.test/v1",
			"https://api.test/v1/token",
			"https://api.test/v1?a",
			"https://api.test/v10",
			"https://api.test.evil/v1",
			"https://api.test:8443/v1",
		].map(async (url) => (await platform.send({ ...request, url })).body),
	);
	expect(answers).toEqual([
		...Array.from({ length: 3 }, () => "mine"),
		...Array.from({ length: 3 }, () => "everybody else"),
	]);
});

test("a server that hangs holds up nobody else on release", async () => {
	const platform = virtualPlatform();
	const api = createOzAuthority(platform.forServer);
	platform.network.connect(api);
	platform.network.hold();
	api.fail({ type: "hang" });
	void platform.send(request);
	const answer = platform.send(request);
	await platform.flush();
	await platform.network.release();
	expect((await answer).status).toBe(404);
	expect(platform.network.pending.map(({ phase }) => phase)).toEqual([
		"acting",
	]);
});

test("takes its latency each way", async () => {
	const platform = virtualPlatform({ server: () => ({}) });
	platform.network.latencyMs = 50;
	let isSettled = false;
	const answer = platform.send(request).finally(() => {
		isSettled = true;
	});
	await platform.advance(99);
	expect(isSettled).toBe(false);
	await platform.advance(1);
	await answer;
});

test("half a body is a lost connection for a transport", async () => {
	const platform = virtualPlatform();
	const api = createOzAuthority(platform.forServer);
	platform.network.connect(api);
	api.fail({ type: "half-body" });
	await expect(platform.send(request)).rejects.toBeInstanceOf(ConnectionLost);
});

test("B29 a redirect is a bad response for a transport, and confirms no sign-out", async () => {
	const platform = virtualPlatform();
	const api = createOAuth2Authority(platform.forServer);
	platform.network.connect(api);
	const protocol = defineProtocol<{ who: string }>({
		name: "redirected",
		baseUrl: "https://api.test",
		signIn: { path: "/sign-in" },
		signOut: { path: "/oauth/revoke" },
		read: () => ({ type: "ok", access: "kt-canary-a", lifetimeMs: null }),
	});
	const auth = createAuth({ protocol, platform });
	api.fail({ type: "status", status: 200 }, { on: "/sign-in" });
	await auth.signIn({ who: "ann" });
	api.fail({ type: "redirect", to: "foreign" }, { times: 2 });
	expect((await auth.signOut()).isRevoked).toBe(false);
	const error = await platform.send(request).catch((reason) => reason);
	expect(isAuthError(error) && error.code).toBe("bad-response");
	// an application's own request sees it
	api.fail({ type: "redirect", to: "foreign" });
	expect((await platform.fetch("https://api.test/api/me")).status).toBe(307);
});

test("a request to nobody waits to be answered by hand", async () => {
	const platform = virtualPlatform();
	const answer = platform.send(request);
	await platform.flush();
	expect(platform.network.pending[0]?.phase).toBe("sent");
	platform.network.pending[0]?.answer({ body: "by hand" });
	expect((await answer).body).toBe("by hand");
});

test("fetch obeys its signal", async () => {
	const platform = virtualPlatform({ server: () => ({}) });
	platform.network.hold();
	const gone = new AbortController();
	const answer = platform.fetch("https://api.test/", { signal: gone.signal });
	await platform.flush();
	gone.abort(new Error("gone"));
	await expect(answer).rejects.toThrow("gone");
	await expect(
		platform.fetch("https://api.test/", { signal: gone.signal }),
	).rejects.toThrow("gone");
});

test.each(["GET", "POST"])(
	"fetch sends no %s that is aborted before it has left",
	async (method) => {
		const platform = virtualPlatform({ server: () => ({}) });
		const gone = new AbortController();
		const answer = platform.fetch("https://api.test/", {
			method,
			body: method === "POST" ? "{}" : null,
			signal: gone.signal,
		});
		gone.abort(new Error("gone"));
		await expect(answer).rejects.toThrow("gone");
		await platform.flush();
		expect(platform.network.sent).toEqual([]);
	},
);

test("fetch stops an answer's body at its signal", async () => {
	const platform = virtualPlatform();
	const api = createOzAuthority(platform.forServer);
	platform.network.connect(api);
	const gone = new AbortController();
	const { body } = await platform.fetch(
		"https://oz.test/api/stream?chunks=2&pauseMs=50",
		{
			headers: { "x-forensic-access-token": api.issue("user_email").access },
			signal: gone.signal,
		},
	);
	const reading = new Response(body).text();
	await platform.flush();
	gone.abort(new Error("gone"));
	await expect(reading).rejects.toThrow("gone");
	expect(platform.timers).toEqual([]);
});
