/** The same in a page: nothing of the root entry needs more than a browser has. */
import { createAuth, createMemoryStore } from "@keyturn/core";
import { expect, test } from "vitest";
import {
	createKazunionAuthority,
	createOzAuthority,
	createSimulator,
	signedIn,
	storeConformance,
	virtualPlatform,
} from "../src/index.ts";
import { plainKazunion, plainOz } from "./plain-protocol.ts";

test("a session lives thirty virtual days in no time", async () => {
	const platform = virtualPlatform();
	const api = createKazunionAuthority(platform.forServer);
	platform.network.connect(api);
	const auth = createAuth({
		protocol: plainKazunion({ baseUrl: "https://kz.test" }),
		platform,
	});
	await auth.signIn({ login: "string", password: "string" });
	await platform.advance(31 * 86_400_000);
	expect(auth.state).toMatchObject({ status: "authenticated", generation: 2 });
	expect(api.counters.refreshRequests).toBe(1);
	auth.close();
});

test("ten tabs renew once", async () => {
	const platform = virtualPlatform();
	const api = createOzAuthority(platform.forServer);
	platform.network.connect(api);
	const world = createSimulator({
		platform,
		protocol: plainOz({ baseUrl: "https://oz.test" }),
		clients: 10,
	});
	const [first] = world.clients;
	await first?.auth.signIn({ email: "user_email", password: "user_password" });
	await platform.flush();
	api.expireNow();
	const calls = world.clients.map((client) =>
		client.call("https://oz.test/api/users/me"),
	);
	await platform.advance(1_000);
	const results = await Promise.all(calls);
	expect(new Set(results.map(({ reply }) => reply.status))).toEqual(
		new Set([200]),
	);
	expect(api.counters).toMatchObject({ refreshes: 1, reuses: 0 });
	world.close();
});

test("an authority answers Request with Response, also half a body", async () => {
	const api = createOzAuthority();
	const request = new Request("https://oz.test/api/public");
	expect(await (await api.handler(request)).json()).toEqual({
		isPublic: true,
		isSignedIn: false,
	});
	api.fail({ type: "half-body" });
	const half = await api.handler(request);
	await expect(half.text()).rejects.toThrow();
});

test("ready-made sessions and the checks of stores are there too", () => {
	expect(signedIn({ user: "ada" }).state.user).toBe("ada");
	const store = createMemoryStore();
	const names = storeConformance(() => ({ store, peer: store })).map(
		({ name }) => name,
	);
	expect(names).toContain("lets exactly one of many writers win");
});
