import { createAuth } from "@keyturn/core";
import { webPlatform } from "@keyturn/fetch";
import { expect, test, vi } from "vitest";
import { bench } from "../test/bench-protocol.ts";
import { browserAuth } from "./index.ts";

test("D1 by default a session is kept in memory: nothing of it outlives the page", async () => {
	// Calls, not contents: other files of tests write to the same origin meanwhile.
	const ways = [
		vi.spyOn(Storage.prototype, "setItem"),
		vi.spyOn(IDBFactory.prototype, "open"),
		vi.spyOn(CacheStorage.prototype, "open"),
		vi.spyOn(Document.prototype, "cookie", "set"),
	];
	const kept = () => ways.filter(({ mock }) => mock.calls.length > 0).length;
	const platform = webPlatform();
	try {
		using auth = createAuth({ protocol: bench, platform });
		await auth.signIn("Ada");
		await auth.refresh();
		expect(auth.state.status).toBe("authenticated");
		expect(kept()).toBe(0);

		// The same look finds a session that is stored on purpose.
		using stored = createAuth({
			protocol: bench,
			platform,
			...browserAuth("d1-stored"),
		});
		await stored.signIn("Ada");
		expect(kept()).toBe(1);
	} finally {
		for (const way of ways) way.mockRestore();
	}
});
