import { createAuth } from "@keyturn/core";
import { webPlatform } from "@keyturn/fetch";
import { expect, test } from "vitest";
import { bench } from "../test/bench-protocol.ts";
import { browserAuth } from "./index.ts";

/** Everything that outlives this page, in so far as a script can list it. */
async function kept(): Promise<unknown> {
	return {
		local: { ...localStorage },
		session: { ...sessionStorage },
		cookies: document.cookie,
		databases: (await indexedDB.databases()).map(({ name }) => name).sort(),
		caches: await caches.keys(),
	};
}

test("D1 by default a session is kept in memory: nothing of it outlives the page", async () => {
	const platform = webPlatform();
	const before = await kept();
	using auth = createAuth({ protocol: bench, platform });
	await auth.signIn("Ada");
	await auth.refresh();
	expect(auth.state.status).toBe("authenticated");
	expect(await kept()).toEqual(before);

	// The same look finds a session that is stored on purpose.
	using stored = createAuth({
		protocol: bench,
		platform,
		...browserAuth("d1-stored"),
	});
	await stored.signIn("Ada");
	expect(await kept()).not.toEqual(before);
});
