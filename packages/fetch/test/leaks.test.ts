import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { createAuthFetch } from "@keyturn/fetch";
import { expect, test } from "vitest";
import { startApi } from "./api.ts";

setFlagsFromString("--expose-gc");
const collect: () => void = runInNewContext("gc");

/** Collects garbage until all of them are gone, for a while. */
async function left(refs: readonly WeakRef<object>[]): Promise<number> {
	const alive = () => refs.filter((ref) => ref.deref()).length;
	for (let round = 0; round < 50 && alive() > 0; round++) {
		await new Promise((resolve) => setTimeout(resolve, 10));
		collect();
	}
	return alive();
}

test("nothing of a request is kept once its answer is read: not the Request, not the body, not the Response", async () => {
	await using api = await startApi();
	const authFetch = createAuthFetch(api.auth);
	const refs: WeakRef<object>[] = [];
	const send = async () => {
		const body = new Uint8Array(1_000);
		const request = new Request(`${api.origin}/a`, { method: "POST", body });
		const response = await authFetch(request);
		await response.text();
		refs.push(new WeakRef(body), new WeakRef(request), new WeakRef(response));
	};
	await send();
	api.loseToken();
	await send();
	expect(await left(refs)).toBe(0);
});

test("a session that is closed and an adapter that nobody holds are collected", async () => {
	const refs: WeakRef<object>[] = [];
	const open = async () => {
		await using api = await startApi();
		const authFetch = createAuthFetch(api.auth);
		await (await authFetch(`${api.origin}/a`)).text();
		refs.push(new WeakRef(authFetch), new WeakRef(api.auth));
	};
	await open();
	expect(await left(refs)).toBe(0);
});
