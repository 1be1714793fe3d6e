import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { AuthError, defineStore, type Grant } from "../../src/index.ts";
import {
	apiUrl,
	createLock,
	createRecordStore,
	createStage,
	flush,
	lifetimeMs,
	outcomeOf,
	type Stage,
	shouldRefreshAfterMs,
	tokenOf,
} from "../stage.ts";

let stage: Stage;
beforeEach(() => {
	stage = createStage();
});
afterEach(() => stage.close());

const servers = { refresh: { eager: false } } as const;

test("B40 S2 S12 a hundred requests at once: one refresh, a hundred grants of it, each settled once and in order", async () => {
	const auth = await stage.signedIn(servers);
	await stage.advance(lifetimeMs);
	const order: number[] = [];
	const grants = await Promise.all(
		Array.from({ length: 100 }, async (_, index) => {
			const grant = await auth.authorize(apiUrl);
			order.push(index);
			return grant;
		}),
	);
	expect(new Set(grants.map(tokenOf))).toEqual(new Set(["access-ann1.2"]));
	expect(order).toEqual(Array.from({ length: 100 }, (_, index) => index));
	expect(stage.to("/refresh")).toHaveLength(1);
});

test("S12 all who wait for one refresh hear the same", async () => {
	const auth = await stage.signedIn(servers);
	await stage.advance(lifetimeMs);
	stage.answerWith(({ answer }) => answer(401, {}));
	const waiting = Array.from({ length: 20 }, () =>
		outcomeOf(auth.authorize(apiUrl)),
	);
	await flush();
	expect(new Set(waiting.map(({ error }) => error))).toEqual(
		new Set(["rejected"]),
	);
});

test("B41 a late 401 for an older token is answered by the newer one, without a refresh", async () => {
	const auth = await stage.signedIn(servers);
	const first = (await auth.authorize(apiUrl)) as Grant;
	await auth.refresh();
	await auth.refresh();
	expect(tokenOf(await auth.renew(first))).toBe("access-ann1.3");
	expect(stage.to("/refresh")).toHaveLength(2);
});

describe("B42 two sessions on one store in one process", () => {
	test("with a lock: one refresh, the second adopts", async () => {
		const store = createRecordStore();
		const coordinator = createLock(stage);
		const options = { store: defineStore(store), coordinator, ...servers };
		const one = await stage.signedIn(options);
		const two = stage.open(options);
		await stage.advance(lifetimeMs);
		const grants = await Promise.all([
			one.authorize(apiUrl),
			two.authorize(apiUrl),
		]);
		expect(grants.map(tokenOf)).toEqual(["access-ann1.2", "access-ann1.2"]);
		expect(stage.to("/refresh")).toHaveLength(1);
	});

	test("without a lock, one after the other: the second adopts before it sends", async () => {
		const store = createRecordStore();
		store.hasHints = false;
		const options = { store: defineStore(store), ...servers };
		const one = await stage.signedIn(options);
		const two = stage.open(options);
		await stage.advance(lifetimeMs);
		await one.authorize(apiUrl);
		expect(tokenOf(await two.authorize(apiUrl))).toBe("access-ann1.2");
		expect(stage.to("/refresh")).toHaveLength(1);
	});
});

test("B81 a renewal that another sign-in overtakes is nobody's: the refused answer stands, as it does a moment later", async () => {
	const auth = await stage.signedIn(servers);
	const grant = auth.authorize(apiUrl) as Grant;
	stage.hold();
	const waiting = auth.renew(grant);
	await flush();
	stage.serveAgain();
	await auth.signIn({ name: "bob" });
	expect(await waiting).toBe(null);
	expect(await auth.renew(grant)).toBe(null);
});

test("B43 B81 S7 another account signs in during a refresh: its answer is nobody's, and who waited is rejected", async () => {
	const auth = await stage.signedIn(servers);
	await stage.advance(lifetimeMs);
	stage.hold();
	const waiting = outcomeOf(auth.authorize(apiUrl));
	await flush();
	const arrive = stage.reachLast("/refresh");
	stage.serveAgain();
	await auth.signIn({ name: "bob" });
	expect(waiting.error).toBe("superseded");
	arrive();
	await flush();
	expect(auth.state).toMatchObject({ generation: 1, user: { name: "bob" } });
	expect(tokenOf(auth.authorize(apiUrl))).toBe("access-bob2.1");
	// nobody can use what came: it is revoked
	expect(stage.to("/sign-out").map(({ subject }) => subject)).toContain(
		"refresh-ann1.2",
	);
});

describe("B44 L2 listeners run after those who wait have been settled", () => {
	test("a listener that waits for a refresh does not stop the refresh", async () => {
		const auth = await stage.signedIn(servers);
		await stage.advance(lifetimeMs);
		const seen: string[] = [];
		auth.subscribe(() => {
			seen.push(auth.state.status);
			if (auth.state.status === "authenticated" && seen.length < 4)
				void auth.refresh().then(() => seen.push("renewed"));
		});
		const order: string[] = [];
		void Promise.resolve(auth.authorize(apiUrl)).then(() =>
			order.push("grant"),
		);
		await stage.advance(20_000);
		expect(order).toEqual(["grant"]);
		expect(seen).toEqual([
			"refreshing",
			"authenticated",
			"refreshing",
			"authenticated",
			"renewed",
		]);
		expect(stage.to("/refresh")).toHaveLength(2);
	});

	test("events raised by a listener wait their turn: every listener sees every status", async () => {
		const auth = await stage.signedIn(servers);
		const first: string[] = [];
		const second: string[] = [];
		auth.subscribe(() => {
			first.push(auth.state.status);
			if (auth.state.status === "refreshing") void auth.signOut();
		});
		auth.subscribe(() => second.push(auth.state.status));
		void auth.refresh().catch(() => {});
		await flush();
		expect(first).toEqual(["refreshing", "unauthenticated"]);
		expect(second).toEqual(first);
	});
});

describe("B46 ports that throw at once", () => {
	test.each(["monotonicMs", "schedule", "random"] as const)(
		"platform.%s: the session goes on, and a refresh settles",
		async (method) => {
			const device = stage.platform();
			let isBroken = false;
			const auth = await stage.signedIn({
				...servers,
				platform: {
					...device,
					[method]: (...args: never[]) => {
						if (isBroken) throw new Error("broken port");
						return (device[method] as (...args: never[]) => unknown)(...args);
					},
				},
			});
			isBroken = true;
			await auth.refresh();
			expect(auth.state).toMatchObject({
				status: "authenticated",
				generation: 2,
			});
			expect(tokenOf(auth.authorize(apiUrl))).toBe("access-ann1.2");
		},
	);

	test("platform.send: the refresh fails as in doubt, the session stays", async () => {
		const auth = await stage.signedIn({
			...servers,
			platform: stage.platform(),
		});
		stage.answerWith(() => {
			throw new Error("broken port");
		});
		const refused = outcomeOf(auth.refresh());
		await flush();
		expect(refused.error).toBe("in-doubt");
		expect(auth.state.status).toBe("authenticated");
	});

	test("protocol.authorize: the request is refused with port-failed, the others are not", async () => {
		let isBroken = false;
		stage = createStage({
			authorize: ({ access }) => {
				if (isBroken) throw new Error("broken protocol");
				return [["authorization", `Bearer ${access}`]];
			},
		});
		const auth = await stage.signedIn(servers);
		await stage.advance(lifetimeMs);
		isBroken = true;
		const waiting = outcomeOf(auth.authorize(apiUrl));
		await flush();
		expect(waiting.error).toBe("port-failed");
		// also when nobody has to wait
		const atOnce = outcomeOf(auth.authorize(apiUrl));
		await flush();
		expect(atOnce.error).toBe("port-failed");
		isBroken = false;
		expect(tokenOf(auth.authorize(apiUrl))).toBe("access-ann1.2");
	});

	test("coordinator: a refresh without its lock fails as unavailable", async () => {
		const auth = await stage.signedIn({
			...servers,
			coordinator: {
				exclusive() {
					throw new Error("broken lock");
				},
			},
		});
		const refused = outcomeOf(auth.refresh());
		await flush();
		expect(refused.error).toBe("unavailable");
		expect(stage.to("/refresh")).toHaveLength(0);
		expect(auth.state.status).toBe("authenticated");
	});
});

test("B47 nothing is ever rejected unheard: background failures, aborted waits, closed sessions", async () => {
	const unheard = vi.fn();
	process.on("unhandledRejection", unheard);
	try {
		stage.answerWith((item) =>
			item.path === "/sign-in"
				? stage.serve(item)
				: item.fail(new AuthError("unavailable")),
		);
		const auth = await stage.signedIn();
		await stage.advance(10 * shouldRefreshAfterMs);
		expect(stage.to("/refresh").length).toBeGreaterThan(5);
		await auth.signOut();
		auth.close();
		await flush();
		expect(unheard).not.toHaveBeenCalled();
	} finally {
		process.off("unhandledRejection", unheard);
	}
});

test("B48 ten thousand who wait are settled by one refresh and one deadline, and nothing stays behind", async () => {
	const auth = await stage.signedIn(servers);
	await stage.advance(lifetimeMs);
	stage.hold();
	const waiting = Array.from({ length: 10_000 }, () =>
		outcomeOf(auth.authorize(apiUrl)),
	);
	await flush();
	// one deadline and one flight
	expect(stage.timers).toHaveLength(2);
	const [refresh] = stage.to("/refresh");
	if (refresh) stage.serve(refresh);
	await flush();
	expect(waiting.every(({ value }) => tokenOf(value) === "access-ann1.2")).toBe(
		true,
	);
	expect(stage.timers).toHaveLength(0);
});
