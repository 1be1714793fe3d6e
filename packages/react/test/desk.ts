/** A session over a server of three lines, in virtual time. */
import {
	type Auth,
	createAuth,
	createMemoryStore,
	defineProtocol,
	defineStore,
	type SessionStore,
} from "@keyturn/core";
import { type VirtualPlatform, virtualPlatform } from "@keyturn/testing";
import { CANARY } from "@keyturn/tooling/canary";

export interface Credentials {
	readonly name: string;
	readonly password: string;
}

export interface User {
	readonly name: string;
}

export type DeskAuth = Auth<Credentials, User>;

export interface Desk {
	readonly auth: DeskAuth;
	readonly platform: VirtualPlatform;
	/** Who listens to the session at the moment. */
	subscriptions(): number;
	/** Requests that reached a path. */
	count(path: string): number;
}

export const right = (name = "Ada"): Credentials => ({
	name,
	password: "right",
});

export const protocol = defineProtocol<Credentials, User>({
	name: "desk",
	baseUrl: "https://api.example.com",
	signIn: { path: "/sign-in", body: (credentials) => credentials },
	refresh: {
		path: "/refresh",
		body: ({ refresh }) => ({ refresh }),
		rejectedStatuses: [401],
	},
	read: ({ access, refresh, name }) => ({
		type: "ok",
		access: access as string,
		refresh: refresh as string,
		lifetimeMs: 100_000,
		...(name ? { user: { name: name as string } } : {}),
	}),
});

export function createDesk({ store }: { store?: SessionStore } = {}): Desk {
	let pairs = 0;
	const paths: string[] = [];
	const platform = virtualPlatform({
		server: ({ url, body }) => {
			const path = new URL(url).pathname;
			paths.push(path);
			const { name, password } = JSON.parse(body);
			if (path === "/sign-in" && password !== "right")
				return { status: 401, body: '{"message":"Wrong password"}' };
			pairs++;
			return {
				body: JSON.stringify({
					access: `${CANARY}access-${pairs}`,
					refresh: `${CANARY}refresh-${pairs}`,
					name,
				}),
			};
		},
	});
	const auth = createAuth({ protocol, platform, store });
	let subscriptions = 0;
	const counted: DeskAuth = Object.create(auth, {
		subscribe: {
			value: (listener: () => void) => {
				const stop = auth.subscribe(listener);
				subscriptions++;
				let isOn = true;
				return () => {
					stop();
					if (isOn) subscriptions--;
					isOn = false;
				};
			},
		},
	});
	return {
		auth: counted,
		platform,
		subscriptions: () => subscriptions,
		count: (path) => paths.filter((one) => one === path).length,
	};
}

/** A store that already holds somebody's session. */
export async function storeOf(name: string): Promise<SessionStore> {
	const store = createMemoryStore();
	const { auth } = createDesk({ store });
	await auth.signIn(right(name));
	auth.close();
	return store;
}

/** The same store, answering later: when `open` is called. */
export function slow(store: SessionStore): {
	readonly store: SessionStore;
	open(): void;
} {
	let open = () => {};
	const gate = new Promise<void>((resolve) => {
		open = resolve;
	});
	return {
		open: () => open(),
		store: defineStore({
			read: async () => {
				await gate;
				return store.read();
			},
			swap: async (...parts: Parameters<SessionStore["swap"]>) => {
				await gate;
				return store.swap(...parts);
			},
		}),
	};
}
