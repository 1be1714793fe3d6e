import type { Auth } from "@keyturn/core";
import {
	type AuthFetch,
	type AuthRequestInit,
	createAuthFetch,
	webPlatform,
} from "@keyturn/fetch";
import { expectTypeOf, test } from "vitest";

declare const auth: Auth<{ login: string }, { name: string }>;

test("can stand wherever fetch is asked for", () => {
	const authFetch = createAuthFetch(auth);
	expectTypeOf(authFetch).toEqualTypeOf<AuthFetch>();
	expectTypeOf<AuthFetch>().toExtend<typeof fetch>();
	expectTypeOf(authFetch("/a")).toEqualTypeOf<Promise<Response>>();
});

test("takes its own fetch, and fetch's init with two more members", () => {
	createAuthFetch(auth, { fetch });
	createAuthFetch(auth, { fetch: createAuthFetch(auth), auth: "required" });
	expectTypeOf<RequestInit>().toExtend<AuthRequestInit>();
	const authFetch = createAuthFetch(auth);
	void authFetch("/a", { auth: "anonymous", replay: false, method: "POST" });
	// @ts-expect-error there is no such mode
	void authFetch("/a", { auth: "maybe" });
	// @ts-expect-error nor as the default
	createAuthFetch(auth, { auth: "maybe" });
	// @ts-expect-error a session is needed
	createAuthFetch();
	// @ts-expect-error and it must be one
	createAuthFetch({});
});

test("plain fetch does not take the two members by accident", () => {
	// @ts-expect-error a plain fetch would send it bare without a word
	void fetch("/a", { auth: "required" });
});

test("the platform takes any fetch", () => {
	webPlatform({
		fetch: (input, init) => fetch(input, init),
		sendTimeoutMs: 1,
		maxResponseBytes: 1,
	});
	// @ts-expect-error not a number
	webPlatform({ sendTimeoutMs: "1" });
});
