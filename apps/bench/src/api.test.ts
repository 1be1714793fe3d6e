import { expect, test } from "vitest";
import { type ApiTokens, createApi, origin } from "./api.ts";

const refresh = (api: ReturnType<typeof createApi>, token: string) =>
	api.fetch(`${origin}/token`, {
		method: "POST",
		body: new URLSearchParams({ refresh_token: token }),
	});
const call = async (api: ReturnType<typeof createApi>, token: string) =>
	(
		await api.fetch(`${origin}/data`, {
			headers: { authorization: `Bearer ${token}` },
		})
	).status;

test("a refresh token works once; coming again it ends the session", async () => {
	const api = createApi(0);
	const signedIn = await api.fetch(`${origin}/token`, { method: "POST" });
	const first = (await signedIn.json()) as ApiTokens;
	expect(await call(api, first.access_token)).toBe(200);
	const renewed = await refresh(api, first.refresh_token);
	const second = (await renewed.json()) as ApiTokens;
	expect(await call(api, first.access_token)).toBe(401);
	expect(await call(api, second.access_token)).toBe(200);
	expect((await refresh(api, first.refresh_token)).status).toBe(400);
	expect(await call(api, second.access_token)).toBe(401);
	expect(api.counts).toEqual({ refreshes: 2, unauthorized: 2, reuses: 1 });
});

test("a fault is met once, and leaves the token good", async () => {
	const api = createApi(0);
	const signedIn = await api.fetch(`${origin}/token`, { method: "POST" });
	const { refresh_token } = (await signedIn.json()) as ApiTokens;
	api.fault = "503";
	expect((await refresh(api, refresh_token)).status).toBe(503);
	api.fault = "reset";
	await expect(refresh(api, refresh_token)).rejects.toThrow(TypeError);
	expect((await refresh(api, refresh_token)).status).toBe(200);
});
