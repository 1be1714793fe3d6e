/** The one place where an asynchronous store could bring a session back: a write that waits behind a read. */
import { expect, test } from "vitest";
import { bench, credentials } from "./shared-world.ts";

test("S6 a write that waits behind the read of a sign-out is not carried out", async () => {
	const { platform, world, a, b } = bench({
		store: { kind: "async", latencyMs: 10 },
	});
	await platform.advance(100);
	void a.auth.signIn(credentials);
	await platform.advance(100);
	expect(b.auth.state.status).toBe("authenticated");
	platform.network.hold();
	void b.auth.refresh().catch(() => {});
	await platform.advance(100);
	const [exchange] = platform.network.pending;
	await exchange?.deliver();
	// signs out, and the hint makes the other begin to read
	void a.auth.signOut();
	await platform.advance(15);
	expect(world.store?.record?.access).toBeNull();
	// while that read is under way, the answer to the refresh comes
	await exchange?.deliver();
	await platform.advance(1_000);
	expect(b.auth.state.status).toBe("unauthenticated");
	expect(world.store?.record?.access).toBeNull();
	expect(world.store?.commits.map(({ isTombstone }) => isTombstone)).toEqual([
		false,
		true,
	]);
	world.close();
});
