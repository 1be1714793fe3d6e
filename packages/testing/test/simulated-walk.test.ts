/** Random walks of real sessions through the simulator: what must hold whatever happens, as long as no answer is lost. */
import { expect, test } from "vitest";
import { createSeededRandom, type SimulatedClient } from "../src/index.ts";
import { bench, credentials, me } from "./shared-world.ts";

type Client = SimulatedClient<typeof credentials, unknown>;

const steps = 120;

/** One walk; gives what there is to count. */
async function walk(
	seed: number,
	isRough: boolean,
): Promise<
	Record<"refreshes" | "signIns" | "calls" | "frozen" | "lost", number>
> {
	const random = createSeededRandom(seed);
	const pick = <T>(list: readonly T[]): T =>
		list[Math.floor(random() * list.length)] as T;
	const { platform, api, world } = bench(
		{ clients: 4, store: seed % 2 ? {} : { kind: "async", latencyMs: 2 } },
		isRough ? { refreshTokens: "until-new-used" } : {},
	);
	platform.network.latencyMs = 5;
	let calls = 0;
	let frozen = 0;
	let lost = 0;
	const unexpected: unknown[] = [];
	const quietly = (promise: Promise<unknown>) =>
		void promise.catch((error: unknown) => {
			// every failure has a name, whatever happens
			if (!(error as { code?: string }).code) unexpected.push(error);
		});
	const actions: readonly ((client: Client) => void)[] = [
		({ auth }) => quietly(auth.refresh()),
		({ auth }) => quietly(auth.signIn(credentials)),
		() => api.expireNow(),
		() => api.loseToken(),
		(client) => {
			frozen++;
			client.freeze();
			platform.schedule(300, client.thaw, { isBackground: true });
		},
		({ auth }) => quietly(random() < 0.2 ? auth.signOut() : auth.refresh()),
		...(isRough
			? [
					(client: Client) => {
						lost++;
						client.restart();
					},
					() => {
						const oldest = platform.network.pending.find(({ request }) =>
							request.url.includes("/authorize/"),
						);
						if (oldest) lost++;
						oldest?.drop();
					},
				]
			: []),
		...Array.from({ length: 6 }, () => (client: Client) => {
			calls++;
			quietly(client.call(me));
		}),
	];
	quietly(pick(world.clients).auth.signIn(credentials));
	for (let step = 0; step < steps; step++) {
		const awake = world.clients.filter(({ phase }) => phase === "running");
		if (awake.length > 0) pick(actions)(pick(awake));
		await platform.advance(pick([0, 0, 1, 7, 20, 400, 11_000, 200_000]));
	}
	await platform.advance(120_000);

	expect(unexpected).toEqual([]);
	// S4: the server never had a reason to think of theft
	expect(api.counters.reuses).toBe(0);
	// S5: what was committed only ever went up
	const commits = world.store?.commits ?? [];
	for (const [index, { by, epoch, generation }] of commits.slice(1).entries()) {
		const before = commits[index] ?? { by: "", epoch: 0, generation: 0 };
		const rise = epoch - before.epoch || generation - before.generation;
		// the same client may write the same record twice: it read an older one while its own was on the way
		expect(rise > 0 || (rise === 0 && by === before.by)).toBe(true);
	}
	// L5: everybody has come to what the store holds
	const record = world.store?.record;
	for (const { auth } of world.clients) {
		expect([auth.state.epoch, auth.state.generation]).toEqual([
			record?.epoch ?? 0,
			record?.generation ?? 0,
		]);
		expect(auth.state.status === "unauthenticated").toBe(!record?.access);
	}
	const { refreshes, signIns } = api.counters;
	world.close();
	await platform.flush();
	// L6: and nothing is left
	expect(platform.timers).toEqual([]);
	return { refreshes, signIns, calls, frozen, lost };
}

async function walks(
	isRough: boolean,
): Promise<Awaited<ReturnType<typeof walk>>> {
	const sums = { refreshes: 0, signIns: 0, calls: 0, frozen: 0, lost: 0 };
	for (let seed = 1; seed <= 40; seed++) {
		const counts = await walk(seed, isRough).catch((error: Error) => {
			error.message = `seed ${seed}: ${error.message}`;
			throw error;
		});
		for (const name of Object.keys(sums) as (keyof typeof sums)[])
			sums[name] += counts[name];
	}
	return sums;
}

test("S4 S5 L5 L6 hold in 40 walks of 120 steps, with tabs that freeze", async () => {
	const sums = await walks(false);
	// not vacuous: everything that was to be held against happened often
	expect(sums.refreshes).toBeGreaterThan(500);
	expect(sums.signIns).toBeGreaterThan(200);
	expect(sums.calls).toBeGreaterThan(1_500);
	expect(sums.frozen).toBeGreaterThan(200);
});

test("they hold with crashes and lost answers too, where the server forgives those", async () => {
	const sums = await walks(true);
	expect(sums.refreshes).toBeGreaterThan(300);
	expect(sums.lost).toBeGreaterThan(300);
});
