import { describe, expect, test } from "vitest";
import { createLedger, type Ledger } from "./token-ledger.ts";
import type { TokenPolicy } from "./token-policy.ts";

function bench(overrides: Partial<TokenPolicy> = {}): {
	ledger: Ledger;
	pass(ms: number): void;
} {
	let atMs = 0;
	let count = 0;
	const policy: TokenPolicy = {
		lifetimeMs: 1_000,
		refreshLifetimeMs: null,
		isSliding: false,
		refreshTokens: "single-use",
		reuseIntervalMs: 0,
		isReuseDetected: true,
		oldAccess: "until-expiry",
		...overrides,
	};
	return {
		ledger: createLedger(
			() => policy,
			() => atMs,
			(kind) => `${kind}-${++count}`,
		),
		pass(ms) {
			atMs += ms;
		},
	};
}

describe("access tokens", () => {
	test("count until their lifetime is over, to the millisecond", () => {
		const { ledger, pass } = bench();
		const { pair } = ledger.open("a", null);
		pass(999);
		expect(ledger.use(pair.access).type).toBe("accepted");
		pass(1);
		expect(ledger.use(pair.access).type).toBe("expired");
	});

	test("slide at each use while they last, and never afterwards", () => {
		const { ledger, pass } = bench({ isSliding: true });
		const { pair } = ledger.open("a", null);
		for (let use = 0; use < 5; use++) {
			pass(999);
			expect(ledger.use(pair.access).type).toBe("accepted");
		}
		pass(1_000);
		expect(ledger.use(pair.access).type).toBe("expired");
		expect(ledger.use(pair.access).type).toBe("expired");
	});

	test("do not slide when they are only looked at", () => {
		const { ledger, pass } = bench({ isSliding: true });
		const { pair } = ledger.open("a", null);
		pass(999);
		ledger.peek(pair.access);
		pass(1);
		expect(ledger.peek(pair.access).type).toBe("expired");
	});

	test.each([
		["until-expiry", "accepted", "accepted"],
		["until-new-used", "accepted", "unknown"],
		["at-once", "unknown", "unknown"],
	] as const)(
		"that were renewed, with %s, are %s before and %s after the first use of the new one",
		(oldAccess, before, after) => {
			const { ledger } = bench({ oldAccess });
			const { session, pair } = ledger.open("a", null);
			ledger.renew(pair.refresh);
			expect(ledger.use(pair.access).type).toBe(before);
			ledger.use(session.pairs[1]?.access ?? "");
			expect(ledger.use(pair.access).type).toBe(after);
		},
	);

	test("are told apart from refresh tokens and from nothing", () => {
		const { ledger } = bench();
		const { pair } = ledger.open("a", null);
		expect(ledger.use(pair.refresh).type).toBe("unknown");
		expect(ledger.use("made-up").type).toBe("unknown");
		expect(ledger.use(null).type).toBe("missing");
	});
});

describe("refresh tokens", () => {
	test("work once, and end their session when they come again", () => {
		const { ledger } = bench();
		const { session, pair } = ledger.open("a", null);
		expect(ledger.renew(pair.refresh).type).toBe("renewed");
		const fresh = session.pairs[1];
		expect(ledger.renew(pair.refresh).type).toBe("used");
		expect(ledger.renew(fresh?.refresh ?? "").type).toBe("revoked");
		expect(ledger.use(fresh?.access ?? "").type).toBe("unknown");
	});

	test("leave the session alone when reuse is not detected", () => {
		const { ledger } = bench({ isReuseDetected: false });
		const { session, pair } = ledger.open("a", null);
		ledger.renew(pair.refresh);
		expect(ledger.renew(pair.refresh).type).toBe("used");
		expect(ledger.renew(session.pairs[1]?.refresh ?? "").type).toBe("renewed");
	});

	test("are answered alike within a reuse interval, and refused after it", () => {
		const { ledger, pass } = bench({ reuseIntervalMs: 100 });
		const { session, pair } = ledger.open("a", null);
		ledger.renew(pair.refresh);
		pass(99);
		const again = ledger.renew(pair.refresh);
		expect(again).toMatchObject({ type: "renewed", isRepeat: true });
		expect(again).toHaveProperty("pair", session.pairs[1]);
		pass(1);
		expect(ledger.renew(pair.refresh).type).toBe("used");
	});

	test("older than the parent are refused within the interval too", () => {
		const { ledger } = bench({ reuseIntervalMs: 100 });
		const { session, pair } = ledger.open("a", null);
		ledger.renew(pair.refresh);
		ledger.renew(session.pairs[1]?.refresh ?? "");
		expect(ledger.renew(pair.refresh).type).toBe("used");
	});

	test("work until the new pair is used, where the server forgives lost answers", () => {
		const { ledger } = bench({ refreshTokens: "until-new-used" });
		const { session, pair } = ledger.open("a", null);
		ledger.renew(pair.refresh);
		expect(ledger.renew(pair.refresh)).toMatchObject({ isRepeat: true });
		ledger.use(session.pairs[1]?.access ?? "");
		expect(ledger.renew(pair.refresh).type).toBe("used");
	});

	test("stay the same where they are reusable, and keep their own end", () => {
		const { ledger, pass } = bench({
			refreshTokens: "reusable",
			refreshLifetimeMs: 5_000,
		});
		const { session, pair } = ledger.open("a", null);
		for (let round = 0; round < 3; round++) {
			pass(1_000);
			expect(ledger.renew(pair.refresh).type).toBe("renewed");
		}
		expect(new Set(session.pairs.map(({ refresh }) => refresh)).size).toBe(1);
		expect(new Set(session.pairs.map(({ access }) => access)).size).toBe(4);
		pass(2_000);
		expect(ledger.renew(pair.refresh).type).toBe("expired");
	});

	test("are not given to sessions that have none", () => {
		const { ledger } = bench();
		expect(ledger.open("a", null, false).pair.refresh).toBe("");
		expect(ledger.renew("").type).toBe("unknown");
	});
});
