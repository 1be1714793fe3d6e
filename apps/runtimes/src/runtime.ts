/** How each runtime is started on the scenarios, and where it differs from the others. */
import { writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { launchChromium } from "@keyturn/tooling/chromium";
import { run } from "../../../packages/tooling/src/run.ts";
import type { Config, Traits } from "./scenario.ts";
import type { Outcome } from "./scenarios.ts";

export interface Runtime {
	readonly name: string;
	/** `null`: the machine's own, which differs from place to place. */
	readonly version: string | null;
	readonly traits: Traits;
	/** @param bundle a module that exports `runScenarios` */
	play(bundle: string, config: Config): Promise<readonly Outcome[]>;
}

const limitMs = 600_000;

const outside: Traits = {
	hidesRedirects: false,
	canStream: true,
};

/** A program that runs a module and prints what comes of it, on the last line. */
function program(
	name: string,
	version: string,
	file: string,
	args: readonly string[] = [],
): Runtime {
	return {
		name,
		version,
		traits: outside,
		async play(bundle, config) {
			const entry = bundle.replace(
				/\.mjs$/,
				`.${name.replace(/\W+/g, "-")}.mjs`,
			);
			writeFileSync(
				entry,
				`import { runScenarios } from ${JSON.stringify(pathToFileURL(bundle).href)};
				const outcomes = await runScenarios(${JSON.stringify(config)});
				console.log("\\n" + JSON.stringify(outcomes));`,
			);
			const { code, stdout, stderr } = await run(file, [...args, entry], {
				cwd: join(bundle, ".."),
				timeoutMs: limitMs,
			});
			const last = stdout.trimEnd().split("\n").at(-1) ?? "";
			if (code !== 0 || !last.startsWith("["))
				throw new Error(`${name} ended with ${code}\n${stdout}${stderr}`);
			return JSON.parse(last);
		},
	};
}

const workerd = (version: string, path: string): Runtime => ({
	name: "workerd",
	version,
	traits: outside,
	async play(bundle, config) {
		const { Miniflare } = (await import(pathToFileURL(path).href)) as {
			Miniflare: new (
				options: object,
			) => {
				dispatchFetch(url: string): Promise<Response>;
				dispose(): Promise<void>;
			};
		};
		const miniflare = new Miniflare({
			modules: [
				{
					type: "ESModule",
					path: "worker.mjs",
					contents: `import { runScenarios } from "./scenarios.mjs";
						export default {
							fetch: async () => Response.json(await runScenarios(${JSON.stringify(config)})),
						};`,
				},
				{
					type: "ESModule",
					path: "scenarios.mjs",
					contents: await readFile(bundle, "utf8"),
				},
			],
			cf: false,
			compatibilityDate: version.replace(
				/^\d+\.(\d{4})(\d\d)(\d\d).*/,
				"$1-$2-$3",
			),
		});
		try {
			const response = await miniflare.dispatchFetch("http://worker/");
			if (!response.ok) throw new Error(await response.text());
			return (await response.json()) as Outcome[];
		} finally {
			await miniflare.dispose();
		}
	},
});

const chromium: Runtime = {
	name: "Chromium",
	version: null,
	traits: { hidesRedirects: true, canStream: false },
	async play(bundle, config) {
		const browser = await launchChromium();
		try {
			const page = await browser.newPage();
			page.setDefaultTimeout(limitMs);
			// any page will do: the mock APIs let every origin in
			await page.goto(`${config.foreign}/page`);
			const code = await readFile(bundle, "utf8");
			return await page.evaluate(
				async ([code, config]) => {
					const url = URL.createObjectURL(
						new Blob([code], { type: "text/javascript" }),
					);
					const { runScenarios } = (await import(url)) as {
						runScenarios(config: Config): Promise<Outcome[]>;
					};
					return runScenarios(config);
				},
				[code, config] as const,
			);
		} finally {
			await browser.close();
		}
	},
};

/** @param installed the folder that `installRuntimes` gave */
export function runtimes(installed: string): readonly Runtime[] {
	const require = createRequire(join(installed, "package.json"));
	const folder = (name: string) => join(installed, "node_modules", name);
	const version = (name: string): string =>
		(require(join(folder(name), "package.json")) as { version: string })
			.version;
	return [
		program(
			"Node.js 22",
			version("node-22"),
			join(folder("node-22"), "bin/node"),
		),
		program("Node.js, current", process.versions.node, process.execPath),
		program(
			"Bun",
			version("@oven/bun-linux-x64"),
			join(folder("@oven/bun-linux-x64"), "bin/bun"),
		),
		program(
			"Deno",
			version("@deno/linux-x64-glibc"),
			join(folder("@deno/linux-x64-glibc"), "deno"),
			["run", "--no-prompt", "--allow-net"],
		),
		workerd(
			version("miniflare"),
			join(folder("miniflare"), "dist/src/index.js"),
		),
		chromium,
	];
}
