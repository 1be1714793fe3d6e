/** The site as it was built: `test:deep` builds before it runs. */
import { globSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, posix } from "node:path";
import { launchChromium } from "@keyturn/tooling/chromium";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { siteMap } from "../src/site-map.ts";
import { type BuiltSite, dist, serveSite } from "./built-site.ts";

declare global {
	var axe: typeof import("axe-core");
}

const files = globSync("**/*.{html,js,css}", { cwd: dist }).sort();
const text = (file: string): string => readFileSync(join(dist, file), "utf8");
const html = new Map(
	files
		.filter((file) => file.endsWith(".html"))
		.map((file) => [file, text(file)]),
);

describe("what was built", () => {
	test("has every page of the side bar, and one for each package", () => {
		const pages = siteMap.flatMap(({ items }) =>
			items.map(({ link }) => `${link.slice(1)}.html`),
		);
		expect(pages.filter((page) => !html.has(page))).toEqual([]);
		expect(html.has("reference/core.html")).toBe(true);
	});

	test("every link leads to a page that is there, and to a heading of it", () => {
		let count = 0;
		const broken = [...html].flatMap(([from, page]) =>
			[...page.matchAll(/<a\b[^>]*?\shref="([^"]*)"/g)]
				.map(([, href = ""]) => href)
				.filter((href) => !/^[a-z]+:/.test(href))
				.filter((href) => {
					count++;
					const [path = "", anchor] = decodeURI(href).split("#");
					const to = path.startsWith("/")
						? path.slice(1)
						: posix.join(posix.dirname(from), path);
					const target =
						path === ""
							? from
							: to.replace(/(^\.?|\/)$/, "$1index.html").replace(/^\./, "");
					const found = html.get(target);
					return !(
						found &&
						(!anchor ||
							found.includes(`id="${anchor}"`) ||
							anchor === "VPContent")
					);
				})
				.map((href) => `${from}: ${href}`),
		);
		expect(count).toBeGreaterThan(1_000);
		expect(broken).toEqual([]);
	});

	test("loads nothing from another host", () => {
		const loads =
			/(?:<(?:script|link|img|iframe|source|video)\b[^>]*?\s(?:src|href|srcset)="|url\(["']?|@import ["']|\bimport\(?["'])(?:https?:)?\/\/[^"')\s]+/g;
		expect(
			files.flatMap((file) =>
				[...text(file).matchAll(loads)].map(([load]) => `${file}: ${load}`),
			),
		).toEqual([]);
	});

	test("the diagram is a picture, and names what the machine's table names", () => {
		const page = html.get("concepts/states.html") ?? "";
		expect(page).toContain('<svg viewBox="0 0 ');
		expect(page).not.toContain("stateDiagram");
		for (const word of ["token-rejected", "changed-elsewhere", "refreshing"])
			expect(page).toContain(`>${word}</t`);
	});
});

describe("in a browser that reaches nothing else", () => {
	let site: BuiltSite;
	let browser: Browser;
	beforeAll(async () => {
		site = await serveSite();
		browser = await launchChromium();
	});
	afterAll(async () => {
		await browser?.close();
		await site?.[Symbol.asyncDispose]();
	});

	const open = async (options: BrowserContextOptions = {}) => {
		const context = await browser.newContext(options);
		const page = await context.newPage();
		const wrong: string[] = [];
		page.on("pageerror", (error) => wrong.push(`${error}`));
		page.on("response", (response) => {
			if (response.status() >= 400) wrong.push(response.url());
		});
		await page.route(
			(url) => !url.href.startsWith(site.url),
			async (route) => {
				wrong.push(route.request().url());
				await route.abort();
			},
		);
		return { page, wrong, [Symbol.asyncDispose]: () => context.close() };
	};

	/** Opens a page, and waits until it has come to life: a click on what is only drawn so far is lost. */
	const visit = async (page: Page, path = "") => {
		await page.goto(site.url + path);
		await page.waitForFunction(() =>
			Object.hasOwn(document.querySelector("#app") ?? {}, "__vue_app__"),
		);
	};

	test.each([
		["superseded", "errors.html#superseded", "superseded"],
		["createUserSessions", "reference/redis.html", "createUserSessions"],
		["invalid_grant", "apis/oauth2.html", "How answers are judged"],
	])("the search finds %s", async (word, address, heading) => {
		await using opened = await open();
		const { page, wrong } = opened;
		await visit(page);
		await page.getByRole("button", { name: "Search" }).click();
		await page.getByRole("searchbox").fill(word);
		await page.locator(`a.result[href*="${address}"]`).first().click();
		await page.waitForURL(`**/${address.replace(/#.*/, "")}*`);
		await page.getByRole("heading", { name: heading }).first().waitFor();
		expect(wrong).toEqual([]);
	});

	test("a page deep in the site has its styles, its icon and its next page", async () => {
		await using opened = await open();
		const { page, wrong } = opened;
		await page.goto(`${site.url}concepts/states.html`);
		await page.getByRole("link", { name: "Windows and time" }).last().click();
		await page.waitForURL("**/concepts/windows.html");
		await page.getByRole("heading", { name: "Windows and time" }).waitFor();
		expect(wrong).toEqual([]);
	});

	test.each([
		["at a desk", {}],
		["in the dark", { colorScheme: "dark" }],
		["on a phone", { viewport: { width: 390, height: 844 } }],
	] as const)(
		"axe finds nothing serious %s, and no page scrolls sideways",
		async (_where, options) => {
			await using opened = await open(options);
			const { page } = opened;
			const axe = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
			const found: string[] = [];
			for (const path of [
				"",
				"start.html",
				"concepts/states.html",
				"errors.html",
				"comparison.html",
			]) {
				await visit(page, path);
				await page.addScriptTag({ path: axe });
				const { violations, isWide } = await page.evaluate(async () => ({
					violations: (await globalThis.axe.run()).violations
						.filter(
							({ impact }) => impact === "serious" || impact === "critical",
						)
						.map(
							({ id, nodes }) =>
								`${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(" ")}`,
						),
					isWide: document.documentElement.scrollWidth > innerWidth,
				}));
				found.push(...violations.map((violation) => `${path} ${violation}`));
				if (isWide) found.push(`${path} is too wide`);
			}
			expect(found).toEqual([]);
		},
	);
});
