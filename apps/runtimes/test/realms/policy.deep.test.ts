/** All that a page loads of Keyturn, under a content security policy that allows its own script and its API, nothing else. */
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type MockApi, startMockApi } from "@keyturn/testing/node";
import { launchChromium } from "@keyturn/tooling/chromium";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bundle } from "./bundle.ts";

const apis = {
	"/oz": "oz",
	"/kazunion": "kazunion",
	"/oauth2": "oauth2",
} as const;

let api: MockApi<typeof apis>;
let site: Server;
let browser: Browser;

beforeAll(async () => {
	const [code, started, launched] = await Promise.all([
		bundle(`import "./page-entry.ts";`, {
			format: "iife",
			platform: "browser",
		}),
		startMockApi({ api: apis }),
		launchChromium(),
	]);
	api = started;
	browser = launched;
	const policy = [
		"default-src 'none'",
		"script-src 'self'",
		`connect-src 'self' ${api.url}`,
		"require-trusted-types-for 'script'",
		"trusted-types 'none'",
		"base-uri 'none'",
	].join("; ");
	site = createServer(({ url }, out) => {
		if (url === "/app.js")
			out.writeHead(200, { "content-type": "text/javascript" }).end(code);
		else
			out
				.writeHead(200, {
					"content-type": "text/html",
					"content-security-policy": policy,
				})
				.end(
					'<!doctype html><div id="root"></div><script src="/app.js"></script>',
				);
	}).listen(0, "127.0.0.1");
	await once(site, "listening");
});
afterAll(async () => {
	await browser?.close();
	site?.close();
	await api?.close();
});

async function open(): Promise<Page> {
	const page = await browser.newPage();
	const { port } = site.address() as AddressInfo;
	await page.goto(
		`http://127.0.0.1:${port}/?api=${encodeURIComponent(api.url)}`,
	);
	return page;
}

const violations = (page: Page): Promise<string[]> =>
	page.evaluate(() => window.violations);

test("D1 a strict content security policy with trusted types sees nothing to forbid: sign-in, calls, renewal, sign-out", async () => {
	const page = await open();
	const errors: string[] = [];
	page.on("pageerror", (error) => errors.push(String(error)));
	const shows = (id: string, text: string) =>
		page.waitForFunction(
			([id, text]) => document.getElementById(id)?.textContent === text,
			[id, text] as const,
		);
	const press = (name: string) =>
		page.getByRole("button", { name, exact: true }).click();
	await press("in");
	await page.waitForFunction(() =>
		document.getElementById("status")?.textContent?.startsWith("authenticated"),
	);
	await press("call");
	await shows("answers", "200,200");
	api.authorities["/oz"].loseToken();
	await press("call");
	await shows("status", "authenticated 2");
	await press("renew");
	await shows("status", "authenticated 3");
	await press("out");
	await page.waitForFunction(() =>
		document
			.getElementById("status")
			?.textContent?.startsWith("unauthenticated"),
	);
	expect(await violations(page)).toEqual([]);
	expect(errors).toEqual([]);
	await page.close();
});

test("D16 every protocol and adapter lives its whole life under that content security policy, and no global is patched or added", async () => {
	const page = await open();
	const { lived, changed } = await page.evaluate(() => window.lives());
	expect(lived).toHaveLength(6);
	expect(changed).toEqual([]);
	expect(await violations(page)).toEqual([]);
	await page.close();
});

test("the content security policy is in force: code from text, markup from text and a foreign origin are refused and seen", async () => {
	const page = await open();
	expect(await page.evaluate(() => window.misbehaves())).toEqual([
		"code",
		"markup",
		"foreign",
	]);
	// what is made of text is the business of trusted types before it is that of `script-src`
	expect(new Set(await violations(page))).toEqual(
		new Set(["require-trusted-types-for", "connect-src"]),
	);
	await page.close();
});
