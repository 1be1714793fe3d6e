import type { Auth } from "@keyturn/core";
import { webPlatform } from "@keyturn/fetch";
import { authOptions, kyTransport, withAuth } from "@keyturn/ky";
import ky, { type Options } from "ky";
import { expectTypeOf, test } from "vitest";

declare const auth: Auth<{ login: string }, { name: string }>;

test("fits ky.extend, and can be spread", () => {
	ky.extend(withAuth(auth));
	ky.extend(withAuth(auth, { auth: "required" }));
	ky.create({ ...withAuth(auth), timeout: 1_000 });
	// @ts-expect-error there is no such mode
	withAuth(auth, { auth: "maybe" });
	// @ts-expect-error a session is needed
	withAuth();
});

test("what a request says of itself is checked", () => {
	expectTypeOf(authOptions({ auth: "anonymous" })).toEqualTypeOf<Options>();
	void ky.get("a", { timeout: 1, ...authOptions({ replay: false }) });
	// @ts-expect-error there is no such mode
	authOptions({ auth: "maybe" });
});

test("the transport fits the platform", () => {
	webPlatform({ fetch: kyTransport(ky.extend({})) });
	// @ts-expect-error options are not a client
	kyTransport({});
});
