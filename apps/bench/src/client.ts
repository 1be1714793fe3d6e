/**
 * The ways to send an authorised request that are compared: each as its own documentation shows it, with nothing added but
 * what an application has to write anyway. All of them send through the global `fetch`, looked up at each call. Over 300
 * lines because they are read against one another, and half of it is the shapes of peers that are not installed here.
 */
import { createAuth, type Platform } from "@keyturn/core";
import { createAuthFetch, webPlatform } from "@keyturn/fetch";
import { withAuth } from "@keyturn/ky";
import { oauth2 } from "@keyturn/protocols/oauth2";
import ky from "ky";
import type { ApiTokens } from "./api.ts";

export interface World {
	readonly origin: string;
	/** Of a sign-in that has just been. */
	readonly tokens: ApiTokens;
	/** Imports a peer. */
	load(name: string): Promise<unknown>;
}

export interface Client {
	/** Sends one request; rejects or gives the status. */
	call(): Promise<number>;
}

export interface ClientKind {
	readonly name: string;
	/** Gives the answer over as it came: the only kind that a reused `Response` can be tried on. */
	readonly isTransparent: boolean;
	/** What an application imports; `null`: nothing to weigh. */
	readonly imports: string | null;
	create(world: World): Promise<Client>;
}

const nowMs = (): number => Date.now();

async function refreshTokens(
	origin: string,
	refreshToken: string,
): Promise<ApiTokens> {
	const response = await fetch(`${origin}/token`, {
		method: "POST",
		headers: { "content-type": "application/x-www-form-urlencoded" },
		body: new URLSearchParams({
			grant_type: "refresh_token",
			refresh_token: refreshToken,
		}).toString(),
	});
	if (!response.ok) throw new Error(`refresh: ${response.status}`);
	return (await response.json()) as ApiTokens;
}

/** What people who know the faults write by hand: one flight, late 401s compared, expiry looked at first. */
function handWritten({ origin, tokens: first }: World) {
	let tokens = first;
	let endsAtMs = nowMs() + tokens.expires_in * 1_000;
	let flight: Promise<void> | undefined;
	const refresh = (): Promise<void> => {
		flight ??= refreshTokens(origin, tokens.refresh_token)
			.then((renewed) => {
				tokens = renewed;
				endsAtMs = nowMs() + renewed.expires_in * 1_000;
			})
			.finally(() => {
				flight = undefined;
			});
		return flight;
	};
	return async (url: string, init?: RequestInit): Promise<Response> => {
		if (nowMs() > endsAtMs - 10_000) await refresh();
		const sent = tokens.access_token;
		const headers = new Headers(init?.headers);
		headers.set("Authorization", `Bearer ${sent}`);
		const response = await fetch(url, { ...init, headers });
		if (response.status !== 401) return response;
		await response.body?.cancel();
		if (tokens.access_token === sent) await refresh();
		headers.set("Authorization", `Bearer ${tokens.access_token}`);
		return fetch(url, { ...init, headers });
	};
}

async function keyturn({ origin }: World) {
	const auth = createAuth({
		protocol: oauth2({
			baseUrl: origin,
			tokenUrl: "/token",
			grant: "password",
			clientId: "bench",
		}),
		platform: webPlatform() satisfies Platform,
		refresh: { eager: false },
	});
	await auth.signIn({ username: "a", password: "b" });
	return auth;
}

const statusOf = async (pending: PromiseLike<Response>): Promise<number> =>
	(await pending).status;

/** The shapes of the peers, as far as they are used: they are not installed with the workspace. */
interface Peers {
	axios: {
		default: {
			create(config: object): {
				get(path: string): Promise<{ status: number }>;
				interceptors: {
					request: {
						use(
							intercept: (config: {
								headers: { set(name: string, value: string): void };
							}) => unknown,
						): void;
					};
				};
			};
		};
	};
	"axios-auth-refresh": {
		createAuthRefresh(instance: object, refresh: () => Promise<void>): void;
	};
	alova: {
		createAlova(options: object): {
			Get(url: string, config?: object): PromiseLike<number>;
		};
	};
	"alova/fetch": { default(): object };
	"alova/client": {
		createServerTokenAuthentication(options: object): {
			onAuthRequired(): object;
			onResponseRefreshToken(handler: object): object;
		};
	};
	"@badgateway/oauth2-client": {
		OAuth2Client: new (options: object) => object;
		OAuth2Fetch: new (
			options: object,
		) => { fetch(url: string): Promise<Response> };
	};
	"oidc-client-ts": {
		InMemoryWebStorage: new () => object;
		WebStorageStateStore: new (options: object) => object;
		User: new (options: object) => object;
		UserManager: new (
			options: object,
		) => {
			storeUser(user: object): Promise<void>;
			getUser(): Promise<{ access_token: string; expired?: boolean } | null>;
			signinSilent(): Promise<{ access_token: string } | null>;
		};
	};
	"@supabase/auth-js": {
		GoTrueClient: new (
			options: object,
		) => {
			signInWithPassword(credentials: object): Promise<{ error: unknown }>;
			getSession(): Promise<SupabaseAnswer>;
			refreshSession(): Promise<SupabaseAnswer>;
		};
	};
	"google-auth-library": {
		OAuth2Client: new (
			options: object,
		) => {
			setCredentials(credentials: object): void;
			request(options: object): Promise<{ status: number }>;
		};
	};
	"@azure/core-rest-pipeline": {
		createEmptyPipeline(): {
			addPolicy(policy: object): void;
			sendRequest(client: object, request: object): Promise<{ status: number }>;
		};
		createHttpHeaders(headers: object): object;
		createPipelineRequest(options: object): object;
		bearerTokenAuthenticationPolicy(options: object): object;
	};
}

interface SupabaseAnswer {
	readonly data: { readonly session: { access_token: string } | null };
	readonly error: unknown;
}

const load = <Name extends keyof Peers>(
	world: World,
	name: Name,
): Promise<Peers[Name]> => world.load(name) as Promise<Peers[Name]>;

export const clients: readonly ClientKind[] = [
	{
		// what the ready path is compared with; it renews nothing
		name: "hand-written, header only",
		isTransparent: true,
		imports: null,
		async create({ origin, tokens: { access_token } }) {
			const send = async (url: string, init?: RequestInit) => {
				const headers = new Headers(init?.headers);
				headers.set("Authorization", `Bearer ${access_token}`);
				return fetch(url, { ...init, headers });
			};
			return { call: () => statusOf(send(`${origin}/data`)) };
		},
	},
	{
		name: "hand-written",
		isTransparent: true,
		imports: null,
		async create(world) {
			const send = handWritten(world);
			return { call: () => statusOf(send(`${world.origin}/data`)) };
		},
	},
	{
		name: "Keyturn, fetch",
		isTransparent: true,
		imports: `export { createAuth } from "@keyturn/core"; export { createAuthFetch, webPlatform } from "@keyturn/fetch"; export { oauth2 } from "@keyturn/protocols/oauth2";`,
		async create(world) {
			const authFetch = createAuthFetch(await keyturn(world));
			return { call: () => statusOf(authFetch(`${world.origin}/data`)) };
		},
	},
	{
		name: "bare ky, no token",
		isTransparent: true,
		imports: `export { default } from "ky";`,
		async create({ origin }) {
			const client = ky.create({
				retry: 0,
				throwHttpErrors: false,
				fetch: (input, init) => fetch(input, init),
			});
			return { call: () => statusOf(client(`${origin}/data`)) };
		},
	},
	{
		name: "Keyturn, ky",
		isTransparent: true,
		imports: `export { createAuth } from "@keyturn/core"; export { webPlatform } from "@keyturn/fetch"; export { withAuth } from "@keyturn/ky"; export { oauth2 } from "@keyturn/protocols/oauth2"; export { default } from "ky";`,
		async create(world) {
			const client = ky
				.create({
					retry: 0,
					throwHttpErrors: false,
					fetch: (input, init) => fetch(input, init),
				})
				.extend(withAuth(await keyturn(world)));
			return { call: () => statusOf(client(`${world.origin}/data`)) };
		},
	},
	{
		name: "ky, its documented recipe",
		isTransparent: true,
		imports: `export { default } from "ky";`,
		async create({ origin, tokens: first }) {
			let tokens = first;
			const client = ky.create({
				fetch: (input, init) => fetch(input, init),
				retry: { statusCodes: [401] },
				hooks: {
					beforeRequest: [
						({ request }) =>
							request.headers.set(
								"Authorization",
								`Bearer ${tokens.access_token}`,
							),
					],
					beforeRetry: [
						async ({ request }) => {
							tokens = await refreshTokens(origin, tokens.refresh_token);
							request.headers.set(
								"Authorization",
								`Bearer ${tokens.access_token}`,
							);
						},
					],
				},
			});
			return { call: () => statusOf(client(`${origin}/data`)) };
		},
	},
	{
		name: "axios + axios-auth-refresh",
		isTransparent: false,
		imports: `export { default } from "axios"; export { createAuthRefresh } from "axios-auth-refresh";`,
		async create(world) {
			const { origin } = world;
			let { tokens } = world;
			const { default: axios } = await load(world, "axios");
			const { createAuthRefresh } = await load(world, "axios-auth-refresh");
			const instance = axios.create({
				baseURL: origin,
				adapter: "fetch",
				env: { fetch: (...args: Parameters<typeof fetch>) => fetch(...args) },
			});
			instance.interceptors.request.use((config) => {
				config.headers.set("Authorization", `Bearer ${tokens.access_token}`);
				return config;
			});
			createAuthRefresh(instance, async () => {
				tokens = await refreshTokens(origin, tokens.refresh_token);
			});
			return { call: async () => (await instance.get("/data")).status };
		},
	},
	{
		name: "alova",
		isTransparent: false,
		imports: `export { createAlova } from "alova"; export { default } from "alova/fetch"; export { createServerTokenAuthentication } from "alova/client";`,
		async create(world) {
			const { origin } = world;
			let { tokens } = world;
			const { createAlova } = await load(world, "alova");
			const { default: adapterFetch } = await load(world, "alova/fetch");
			const { createServerTokenAuthentication } = await load(
				world,
				"alova/client",
			);
			const { onAuthRequired, onResponseRefreshToken } =
				createServerTokenAuthentication({
					assignToken(method: { config: { headers: Record<string, string> } }) {
						method.config.headers.Authorization = `Bearer ${tokens.access_token}`;
					},
					refreshTokenOnSuccess: {
						isExpired: ({ status }: Response) => status === 401,
						async handler() {
							tokens = await refreshTokens(origin, tokens.refresh_token);
						},
					},
				});
			const alova = createAlova({
				baseURL: origin,
				requestAdapter: adapterFetch(),
				cacheFor: null,
				shareRequest: false,
				beforeRequest: onAuthRequired(),
				responded: onResponseRefreshToken(
					async ({ status }: Response) => status,
				),
			});
			return { call: async () => alova.Get("/data") };
		},
	},
	{
		name: "@badgateway/oauth2-client",
		isTransparent: true,
		imports: `export { OAuth2Client, OAuth2Fetch } from "@badgateway/oauth2-client";`,
		async create(world) {
			const { origin, tokens } = world;
			const { OAuth2Client, OAuth2Fetch } = await load(
				world,
				"@badgateway/oauth2-client",
			);
			const wrapper = new OAuth2Fetch({
				client: new OAuth2Client({
					server: origin,
					tokenEndpoint: "/token",
					clientId: "bench",
				}),
				getNewToken: () => null,
				getStoredToken: () => ({
					accessToken: tokens.access_token,
					refreshToken: tokens.refresh_token,
					expiresAt: nowMs() + tokens.expires_in * 1_000,
				}),
				scheduleRefresh: false,
			});
			return { call: () => statusOf(wrapper.fetch(`${origin}/data`)) };
		},
	},
	{
		name: "oidc-client-ts",
		isTransparent: true,
		imports: `export { UserManager } from "oidc-client-ts";`,
		async create(world) {
			const { origin, tokens } = world;
			const oidc = await load(world, "oidc-client-ts");
			const store = () =>
				new oidc.WebStorageStateStore({ store: new oidc.InMemoryWebStorage() });
			const manager = new oidc.UserManager({
				authority: origin,
				client_id: "bench",
				redirect_uri: origin,
				metadata: { issuer: origin, token_endpoint: `${origin}/token` },
				automaticSilentRenew: false,
				userStore: store(),
				stateStore: store(),
			});
			await manager.storeUser(
				new oidc.User({
					...tokens,
					token_type: "bearer",
					profile: { sub: "1", iss: origin, aud: "bench", exp: 0, iat: 0 },
					expires_at: Math.floor(nowMs() / 1_000) + tokens.expires_in,
				}),
			);
			const send = (token: string) =>
				fetch(`${origin}/data`, {
					headers: { Authorization: `Bearer ${token}` },
				});
			const renew = async () => {
				const user = await manager.signinSilent();
				if (!user) throw new Error("signed out");
				return user.access_token;
			};
			return {
				async call() {
					const user = await manager.getUser();
					if (!user) throw new Error("signed out");
					const token = user.expired ? await renew() : user.access_token;
					const { status } = await send(token);
					return status === 401 ? statusOf(send(await renew())) : status;
				},
			};
		},
	},
	{
		name: "@supabase/auth-js",
		isTransparent: true,
		imports: `export { GoTrueClient } from "@supabase/auth-js";`,
		async create(world) {
			const { origin } = world;
			const { GoTrueClient } = await load(world, "@supabase/auth-js");
			const client = new GoTrueClient({
				url: origin,
				autoRefreshToken: false,
				persistSession: false,
				detectSessionInUrl: false,
				fetch: (...args: Parameters<typeof fetch>) => fetch(...args),
			});
			const { error } = await client.signInWithPassword({
				email: "a@b.c",
				password: "b",
			});
			if (error) throw error;
			const tokenOf = ({ data, error }: SupabaseAnswer) => {
				if (!data.session) throw error ?? new Error("signed out");
				return data.session.access_token;
			};
			const send = (token: string) =>
				fetch(`${origin}/data`, {
					headers: { Authorization: `Bearer ${token}` },
				});
			return {
				async call() {
					const { status } = await send(tokenOf(await client.getSession()));
					return status === 401
						? statusOf(send(tokenOf(await client.refreshSession())))
						: status;
				},
			};
		},
	},
	{
		name: "google-auth-library",
		isTransparent: false,
		imports: `export { OAuth2Client } from "google-auth-library";`,
		async create(world) {
			const { origin, tokens } = world;
			const { OAuth2Client } = await load(world, "google-auth-library");
			const client = new OAuth2Client({
				clientId: "bench",
				clientSecret: "bench",
				endpoints: { oauth2TokenUrl: `${origin}/token` },
				forceRefreshOnFailure: true,
				transporterOptions: {
					fetchImplementation: (...args: Parameters<typeof fetch>) =>
						fetch(...args),
				},
			});
			client.setCredentials({
				access_token: tokens.access_token,
				refresh_token: tokens.refresh_token,
				expiry_date: nowMs() + tokens.expires_in * 1_000,
			});
			return {
				call: async () =>
					(await client.request({ url: `${origin}/data` })).status,
			};
		},
	},
	{
		name: "@azure/core-rest-pipeline",
		isTransparent: false,
		imports: `export { bearerTokenAuthenticationPolicy, createEmptyPipeline, createPipelineRequest } from "@azure/core-rest-pipeline";`,
		async create(world) {
			const { origin } = world;
			let { tokens } = world;
			const azure = await load(world, "@azure/core-rest-pipeline");
			let isFirst = true;
			const pipeline = azure.createEmptyPipeline();
			pipeline.addPolicy(
				azure.bearerTokenAuthenticationPolicy({
					scopes: "all",
					credential: {
						async getToken() {
							if (!isFirst)
								tokens = await refreshTokens(origin, tokens.refresh_token);
							isFirst = false;
							return {
								token: tokens.access_token,
								expiresOnTimestamp: nowMs() + tokens.expires_in * 1_000,
							};
						},
					},
				}),
			);
			const httpClient = {
				async sendRequest(request: {
					url: string;
					method: string;
					headers: Iterable<[string, string]>;
				}) {
					// its policy sends no token but over https, not even on loopback
					const url = request.url.replace("https://127.", "http://127.");
					const response = await fetch(url, {
						method: request.method,
						headers: [...request.headers],
					});
					return {
						request,
						status: response.status,
						headers: azure.createHttpHeaders(
							Object.fromEntries(response.headers),
						),
						bodyAsText: await response.text(),
					};
				},
			};
			return {
				call: async () =>
					(
						await pipeline.sendRequest(
							httpClient,
							azure.createPipelineRequest({
								url: `${origin.replace("http:", "https:")}/data`,
							}),
						)
					).status,
			};
		},
	},
];

export const clientNamed = (name: string): ClientKind => {
	const found = clients.find((client) => client.name === name);
	if (!found) throw new Error(`there is no client ${name}`);
	return found;
};
