import { createRequire } from "node:module";
import type {
	Browser,
	BrowserContextOptions,
	Download,
	FrameLocator,
	Page,
} from "playwright-core";
import { expect } from "vitest";

declare global {
	var axe: typeof import("axe-core");
}

const require = createRequire(import.meta.url);

/** The explorer as somebody sees it: by what is written on it. */
export interface ExplorerPage extends AsyncDisposable {
	readonly page: Page;
	/** Console output and uncaught errors. */
	readonly said: readonly string[];
	/** @param query as in the address, without the question mark */
	open(query?: string): Promise<void>;
	click(name: string): Promise<void>;
	choose(group: string, option: string): Promise<void>;
	status(): Promise<string | null>;
	summary(): Promise<string | null>;
	/** The step below the machine. */
	lastStep(): Promise<string | null>;
	signIn(): Promise<void>;
	/** Presses a fault's button, and waits until the server has it. */
	breakBy(name: string, hint: string): Promise<void>;
	/** Sends so many requests; waits for the summary. */
	send(count: 1 | 50): Promise<string | null>;
	saved(press: () => Promise<void>): Promise<Download>;
	/** What axe finds wrong in the page, or in the frame beside. */
	violations(frame?: "beside"): Promise<readonly string[]>;
	/** The other tab. */
	beside(): FrameLocator;
}

export async function openExplorer(
	browser: Browser,
	url: string,
	options: BrowserContextOptions = {},
): Promise<ExplorerPage> {
	const context = await browser.newContext(options);
	const page = await context.newPage();
	const said: string[] = [];
	page.on("console", (message) => said.push(message.text()));
	page.on("pageerror", (error) => said.push(`uncaught ${error.stack}`));
	const button = (name: string) =>
		page.getByRole("button", { name, exact: true });
	const text = (id: string) => page.getByTestId(id).first().textContent();

	const explorer: ExplorerPage = {
		page,
		said,
		async open(query = "") {
			await page.goto(`${url}?${query}`);
			await page.getByTestId("status").first().waitFor();
		},
		click: (name) => button(name).click(),
		choose: (group, option) =>
			page
				.getByRole("group", { name: group })
				.getByRole("radio", { name: option, exact: true })
				.check(),
		status: () => text("status"),
		summary: () => text("summary"),
		lastStep: () => text("last-edge"),
		async signIn() {
			await explorer.click("Sign in");
			// on failure, what the page says of it
			const alert = page.locator(".sign-in [role=alert]");
			const outcome = async () =>
				(await alert.allTextContents())[0] || (await explorer.status());
			await expect.poll(outcome).toBe("authenticated");
		},
		async breakBy(name, hint) {
			await explorer.click(name);
			await expect
				.poll(() =>
					page.locator(".fault-card").getByRole("status").textContent(),
				)
				.toContain(hint);
		},
		async send(count) {
			const name = count === 1 ? "1 request" : `${count} requests`;
			await explorer.click(name);
			await expect
				.poll(async () =>
					(await button(name).isEnabled()) ? explorer.summary() : null,
				)
				.toMatch(new RegExp(`^${name}: `));
			return explorer.summary();
		},
		async saved(press) {
			const [download] = await Promise.all([
				page.waitForEvent("download"),
				press(),
			]);
			return download;
		},
		async violations(frame) {
			const where = frame ? page.frames()[1] : page.mainFrame();
			if (!where) throw new Error("no such frame");
			await where.addScriptTag({
				path: require.resolve("axe-core/axe.min.js"),
			});
			return where.evaluate(async () => {
				const { violations } = await globalThis.axe.run(document, {
					iframes: false,
				});
				return violations.map(
					({ id, nodes }) =>
						`${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`).join("; ")}`,
				);
			});
		},
		beside: () => page.frameLocator("iframe"),
		async [Symbol.asyncDispose]() {
			await context.close();
		},
	};
	return explorer;
}
