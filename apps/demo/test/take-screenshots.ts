/**
 * `pnpm screenshots`: takes the pictures of `screenshots/` anew. Not a test: whether they are pretty is for people to say.
 */
import { fileURLToPath } from "node:url";
import { launchChromium } from "@keyturn/tooling/chromium";
import type { BrowserContextOptions, Page } from "playwright-core";
import { startDemo } from "./demo-server.ts";

const folder = fileURLToPath(new URL("../screenshots/", import.meta.url));

const press = (page: Page, name: string) =>
	page.getByRole("button", { name, exact: true }).click();

/** Fifty requests that find their token expired. */
async function burst(page: Page): Promise<void> {
	await press(page, "Sign in");
	await page.getByText("Sign out", { exact: true }).waitFor();
	await press(page, "Expire now");
	await page.getByText("lets the access token run out").waitFor();
	await press(page, "50 requests");
	await page.getByText(/^50 requests: /).waitFor();
}

async function twoTabs(page: Page): Promise<void> {
	await press(page, "Two tabs");
	await press(page, "Play it");
	await page.getByText(/^This tab: 10 × 200/).waitFor();
	await page.getByRole("group", { name: "API" }).scrollIntoViewIfNeeded();
}

const desk = { viewport: { width: 1280, height: 980 } };
const pictures: readonly {
	readonly name: string;
	readonly query: string;
	readonly options: BrowserContextOptions;
	readonly act: (page: Page) => Promise<void>;
}[] = [
	{ name: "desktop", query: "api=oz", options: desk, act: burst },
	{
		name: "dark",
		query: "api=kazunion&adapter=ky",
		options: { ...desk, colorScheme: "dark" },
		act: burst,
	},
	{ name: "two-tabs", query: "api=oz", options: desk, act: twoTabs },
	{
		name: "phone",
		query: "api=oz",
		options: {
			viewport: { width: 390, height: 1700 },
			isMobile: true,
			hasTouch: true,
		},
		act: burst,
	},
];

await using demo = await startDemo({ isBuilt: true });
const browser = await launchChromium();
for (const { name, query, options, act } of pictures) {
	await demo.reset();
	const context = await browser.newContext(options);
	const page = await context.newPage();
	await page.goto(`${demo.url}?${query}`);
	await act(page);
	// what was pressed last is not what the picture is about
	await page.mouse.move(0, 0);
	await page.evaluate(() => {
		(document.activeElement as HTMLElement | null)?.blur();
		scrollTo(0, 0);
	});
	await page.screenshot({
		path: `${folder}${name}.png`,
		animations: "disabled",
	});
	await context.close();
}
await browser.close();
