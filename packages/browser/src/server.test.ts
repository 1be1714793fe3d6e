/** On a server: nothing is there, nothing is needed, and nothing is shared. */
import { createAuth } from "@keyturn/core";
import { webPlatform } from "@keyturn/fetch";
import { expect, test, vi } from "vitest";
import { bench } from "../test/bench-protocol.ts";
import { record } from "../test/record.ts";
import { browserAuth, type StorageFault } from "./index.ts";

test.each([undefined, "local", "session"] as const)(
	"B117 a session with %s storage works in memory",
	async (storage) => {
		const faults: StorageFault[] = [];
		const browser = browserAuth("app", {
			storage,
			onFault: (fault) => faults.push(fault),
		});
		using auth = createAuth({
			protocol: bench,
			platform: webPlatform(),
			...browser,
		});
		await auth.ready;
		expect(await auth.signIn("Ada")).toMatchObject({ status: "authenticated" });
		expect(await auth.refresh()).toMatchObject({ generation: 2 });
		expect(faults).toEqual(["blocked"]);
	},
);

test.each(["local", "session"] as const)(
	"B116 never uses the %sStorage of a server, which is all users'",
	async (storage) => {
		const write = vi.fn();
		vi.stubGlobal(`${storage}Storage`, { getItem: () => null, setItem: write });
		try {
			const { store } = browserAuth("app", { storage });
			expect(() => store.read()).toThrow(TypeError);
			await expect(store.swap(null, record(7, 1))).rejects.toThrow(TypeError);
			expect(write).not.toHaveBeenCalled();
		} finally {
			vi.unstubAllGlobals();
		}
	},
);

test("B117 opens no channel, which would keep a process alive for ever", async () => {
	const opened: string[] = [];
	vi.stubGlobal(
		"BroadcastChannel",
		class extends BroadcastChannel {
			constructor(name: string) {
				super(name);
				opened.push(name);
			}
		},
	);
	try {
		using auth = createAuth({
			protocol: bench,
			platform: webPlatform(),
			...browserAuth("app"),
		});
		await auth.ready;
		expect(opened).toEqual([]);
	} finally {
		vi.unstubAllGlobals();
	}
});

test("B52 says that nothing keeps two processes apart where there is neither lock nor database", async () => {
	vi.stubGlobal("navigator", {});
	try {
		const { coordinator, diagnostics } = browserAuth("app");
		expect(diagnostics().exclusion).toBe("compare-and-set");
		const { signal } = new AbortController();
		expect(
			await coordinator.exclusive("bench", async () => "done", {
				signal,
				waitMs: 1_000,
			}),
		).toBe("done");
	} finally {
		vi.unstubAllGlobals();
	}
});
