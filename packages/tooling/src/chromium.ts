import { execFileSync } from "node:child_process";
import {
	createReadStream,
	createWriteStream,
	existsSync,
	mkdirSync,
	readFileSync,
	renameSync,
	rmSync,
} from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createBrotliDecompress } from "node:zlib";
import { type Browser, chromium } from "playwright-core";
import { findOnPath } from "./find-on-path.ts";

export interface Chromium {
	readonly path: string;
	/** To be merged into the environment of the process. */
	readonly env: Readonly<Record<string, string>>;
}

export const chromiumFlags: readonly string[] = [
	// Without it Chromium refuses to run as root, which is what most containers are.
	"--no-sandbox",
	"--disable-gpu",
	"--disable-quic",
	"--no-first-run",
	"--disable-background-networking",
	"--disable-component-update",
	"--disable-sync",
];

/**
 * `$CHROMIUM` (a path, `npm` or `off`), else (Linux x64) the one inside an npm package, else the machine's own. `undefined`
 * where there is none. The package comes first because it is the same everywhere, and a headless shell: twice as fast.
 */
export async function findChromium(): Promise<Chromium | undefined> {
	const { CHROMIUM: asked = "" } = process.env;
	if (asked === "off") return undefined;
	if (asked && asked !== "npm") return { path: asked, env: {} };
	if (process.platform === "linux" && process.arch === "x64")
		return await unpacked();
	return asked ? undefined : findWholeChromium();
}

/** Only the whole browser has a back/forward cache. `$CHROMIUM` if that is a path, else the machine's own. */
export function findWholeChromium(): Chromium | undefined {
	const { CHROMIUM: asked = "" } = process.env;
	if (asked === "off") return undefined;
	const path = asked && asked !== "npm" ? asked : installed();
	return path ? { path, env: {} } : undefined;
}

/** Starts a headless Chromium for tests that drive several pages. The caller closes it. */
export async function launchChromium(
	flags: readonly string[] = [],
): Promise<Browser> {
	const found = await findChromium();
	if (!found) throw new Error("no Chromium on this machine");
	return await chromium.launch({
		executablePath: found.path,
		args: [...chromiumFlags, ...flags],
		env: { ...process.env, ...found.env },
		headless: true,
	});
}

function installed(): string | undefined {
	const elsewhere = [
		"/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
		join(
			process.env.PROGRAMFILES ?? "",
			"Google/Chrome/Application/chrome.exe",
		),
	];
	return (
		findOnPath(["chromium", "chromium-browser", "google-chrome"]) ??
		elsewhere.find((file) => existsSync(file))
	);
}

/** Unpacks `@sparticuz/chromium` once per version: 200 MB, about 7 s. Its own start script is not used. */
async function unpacked(): Promise<Chromium> {
	const require = createRequire(import.meta.url);
	const home = dirname(dirname(require.resolve("@sparticuz/chromium")));
	const { version } = JSON.parse(
		readFileSync(join(home, "package.json"), "utf8"),
	) as { version: string };
	const caches = join(import.meta.dirname, "../../../node_modules/.cache");
	const cache = join(caches, `chromium-${version}`);
	if (!existsSync(cache)) {
		// Under a name of its own first: two processes may unpack at once, and neither may see half of the other's.
		const draft = `${cache}.${process.pid}`;
		mkdirSync(draft, { recursive: true });
		const inflate = (name: string, to: string, mode: number) =>
			pipeline(
				createReadStream(join(home, "bin", name)),
				createBrotliDecompress(),
				createWriteStream(join(draft, to), { mode }),
			);
		// NSS, NSPR and expat: all it needs beyond the C library.
		await inflate("al2023.tar.br", "libs.tar", 0o644);
		execFileSync("tar", ["-xf", "libs.tar"], { cwd: draft });
		rmSync(join(draft, "libs.tar"));
		await inflate("chromium.br", "chromium", 0o755);
		try {
			renameSync(draft, cache);
		} catch {
			rmSync(draft, { recursive: true }); // the other process was first
		}
	}
	return {
		path: join(cache, "chromium"),
		env: { LD_LIBRARY_PATH: join(cache, "lib") },
	};
}
