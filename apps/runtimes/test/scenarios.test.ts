import { afterAll, beforeAll, expect, test } from "vitest";
import { type Outcome, runScenarios, scenarios } from "../src/scenarios.ts";
import { type Servers, startServers } from "../src/servers.ts";

let servers: Servers;
let outcomes: Outcome[];

beforeAll(async () => {
	servers = await startServers();
	const { apis, foreign, closed } = servers;
	outcomes = await runScenarios({
		apis,
		foreign,
		closed,
		traits: { hidesRedirects: false, canStream: true },
	});
});

afterAll(async () => {
	await servers[Symbol.asyncDispose]();
});

// the same list that `pnpm matrix` plays on every runtime, here on the Node.js of the tests
test.for(Object.keys(scenarios))("over a real port: %s", (scenario) => {
	const played = outcomes.filter((outcome) => outcome.scenario === scenario);
	expect(played).toHaveLength(4);
	expect(played.filter(({ failure }) => failure !== null)).toEqual([]);
});
