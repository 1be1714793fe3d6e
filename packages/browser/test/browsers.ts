/** Real Chromium, started for several pages at once. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import {
	type Chromium,
	chromiumFlags,
	findChromium,
} from "@keyturn/tooling/chromium";
import { type Browser, chromium } from "playwright-core";
import { afterAll, beforeAll } from "vitest";

async function found(): Promise<Chromium> {
	const chromium = await findChromium();
	if (!chromium) throw new Error("no Chromium on this machine");
	return chromium;
}

async function launch({ path, env }: Chromium): Promise<Browser> {
	return chromium.launch({
		executablePath: path,
		args: [...chromiumFlags],
		env: { ...process.env, ...env },
		// a page that goes back is to come out of the cache, as it does for users
		ignoreDefaultArgs: ["--disable-back-forward-cache"],
	});
}

/**
 * One browser for all tests of a file.
 * @param find which one. Default: what `findChromium` finds
 */
export function useBrowser(
	find: () => Chromium | undefined | Promise<Chromium> = found,
): () => Browser {
	let browser: Browser | undefined;
	beforeAll(async () => {
		const chromium = await find();
		if (!chromium) throw new Error("no Chromium on this machine");
		browser = await launch(chromium);
	});
	afterAll(() => browser?.close());
	return () => {
		if (!browser) throw new Error("no browser yet");
		return browser;
	};
}

/**
 * A browser whose pages can be frozen: playwright keeps the pages of its own contexts focused, and a focused page never
 * freezes. They share the one context that there is.
 */
export async function launchFreezable(): Promise<Browser & AsyncDisposable> {
	const { path, env } = await found();
	const profile = await mkdtemp(join(tmpdir(), "keyturn-"));
	const child = spawn(
		path,
		[
			...chromiumFlags,
			"--headless",
			"--no-startup-window",
			"--remote-debugging-port=0",
			`--user-data-dir=${profile}`,
		],
		{
			env: { ...process.env, ...env },
			stdio: ["ignore", "ignore", "pipe"],
		},
	);
	const exited = once(child, "exit");
	let endpoint: string | undefined;
	for await (const line of createInterface({ input: child.stderr })) {
		endpoint = /^DevTools listening on (\S+)$/.exec(line)?.[1];
		if (endpoint) break;
	}
	if (!endpoint) throw new Error("Chromium did not start");
	child.stderr.resume();
	const browser = await chromium.connectOverCDP(endpoint, { noDefaults: true });
	return Object.assign(browser, {
		async [Symbol.asyncDispose]() {
			const session = await browser.newBrowserCDPSession();
			session.send("Browser.close").catch(() => {});
			const timer = setTimeout(() => child.kill("SIGKILL"), 3_000);
			await exited;
			clearTimeout(timer);
			await rm(profile, { recursive: true, force: true, maxRetries: 10 });
		},
	});
}
