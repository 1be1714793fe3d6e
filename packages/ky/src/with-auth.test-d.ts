import type { Auth } from "@keyturn/core";
import { webPlatform } from "@keyturn/fetch";
import { type AuthContext, kyTransport, withAuth } from "@keyturn/ky";
import ky, { type Options } from "ky";
import { expectTypeOf, test } from "vitest";

declare const auth: Auth<{ login: string }, { name: string }>;

test("gives options for ky", () => {
	expectTypeOf(withAuth(auth)).toEqualTypeOf<Options>();
	ky.extend(withAuth(auth, { auth: "required" }));
	ky.create({ ...withAuth(auth), timeout: 1_000 });
	// @ts-expect-error there is no such mode
	withAuth(auth, { auth: "maybe" });
	// @ts-expect-error a session is needed
	withAuth();
});

test("the context of a request is checked with satisfies", () => {
	void ky.get("a", {
		context: { auth: "anonymous", replay: false } satisfies AuthContext,
	});
	// @ts-expect-error there is no such mode
	void ky.get("a", { context: { auth: "maybe" } satisfies AuthContext });
});

test("the transport fits the platform", () => {
	webPlatform({ fetch: kyTransport(ky.extend({})) });
	// @ts-expect-error options are not a client
	kyTransport({});
});
