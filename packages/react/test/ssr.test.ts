/** The hooks on a server, with both major versions of React. What is done there stands in `ssr-scenarios.tsx`. */
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { runInNewContext } from "node:vm";
import { createSeededRandom } from "@keyturn/testing";
import { CANARY } from "@keyturn/tooling/canary";
import { build } from "esbuild";
import { beforeAll, describe, expect, test } from "vitest";
import { bundle, majors } from "./bundle.ts";
import type * as Scenarios from "./ssr-scenarios.tsx";

const require = createRequire(import.meta.url);

describe.each(majors)("React %i", (major) => {
	let scenarios: typeof Scenarios;
	beforeAll(async () => {
		const code = await bundle("./ssr-scenarios.tsx", major, "node");
		const module = { exports: {} };
		new Function("module", "exports", "require", code)(
			module,
			module.exports,
			require,
		);
		scenarios = module.exports as typeof Scenarios;
	});

	test("B116 D6 a thousand interleaved requests: nobody's page has anybody else in it, nor a token", async () => {
		const random = createSeededRandom(major);
		const pages = await scenarios.interleaved(1_000, random);
		expect(pages).toHaveLength(1_000);
		const wrong = pages.filter((html, index) => {
			const names = html.match(/user-\d+-/g) ?? [];
			return (
				names.length !== 6 || names.some((name) => name !== `user-${index}-`)
			);
		});
		expect(wrong).toEqual([]);
		expect(pages.join("")).not.toContain(CANARY);
	});

	test("B114 renders the same for everybody where no state is handed over", async () => {
		expect(await scenarios.withoutState()).toBe("restoring");
	});

	test("streams what waits for a slow store", async () => {
		expect(await scenarios.suspended()).toContain("<b>Ada</b>");
	});

	test("L2 renders no page for ever whose session was closed before its store had answered", async () => {
		const { html, codes } = await scenarios.closedMeanwhile();
		expect(html).toContain("waiting");
		expect(codes).toEqual(["closed"]);
	});
});

test("B117 importing it touches nothing of a page, a timer or a process", async () => {
	const { outputFiles } = await build({
		entryPoints: [fileURLToPath(new URL("../src/index.ts", import.meta.url))],
		bundle: true,
		write: false,
		format: "cjs",
		external: ["react"],
		conditions: ["source"],
	});
	const module = { exports: {} };
	const asked: string[] = [];
	// nothing is there but the language
	runInNewContext(outputFiles[0]?.text ?? "", {
		module,
		exports: module.exports,
		require(name: string) {
			asked.push(name);
			return require(name);
		},
	});
	expect(asked).toEqual(["react"]);
	expect(Object.keys(module.exports).sort()).toEqual([
		"AuthProvider",
		"Restoring",
		"SignedIn",
		"SignedOut",
		"createAuthHooks",
		"useAuth",
		"useAuthState",
		"useReadyAuth",
	]);
});
