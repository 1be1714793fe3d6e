import { readFileSync } from "node:fs";
import { join } from "node:path";
import { defineConfig } from "vitepress";
import { anchorOf } from "../../../packages/tooling/src/links.ts";
import { writeReference } from "../src/reference.ts";
import { repositoryLinks } from "../src/repository-links.ts";
import { siteMap } from "../src/site-map.ts";
import { drawStates } from "../src/state-diagram.ts";

const pages = join(import.meta.dirname, "../pages");
const root = join(import.meta.dirname, "../../..");
const icon = `data:image/svg+xml,${encodeURIComponent(readFileSync(join(pages, "public/icon.svg"), "utf8").trim())}`;
const packages = writeReference(join(pages, "reference"));

export default defineConfig({
	title: "Keyturn",
	description: "Keeps a client signed in to a token API.",
	lang: "en",
	// found wherever it is put, below any path
	base: "./",
	srcDir: "pages",
	outDir: "dist",
	cacheDir: "node_modules/.cache/vitepress",
	// in the page: an address relative to one page is wrong after a step to another
	head: [["link", { rel: "icon", href: icon }]],
	markdown: {
		anchor: { slugify: anchorOf },
		theme: { light: "github-light-high-contrast", dark: "github-dark-default" },
		config(md) {
			repositoryLinks(md, root, pages);
			const fence = md.renderer.rules.fence;
			md.renderer.rules.fence = (tokens, index, ...rest) => {
				const { info = "", content = "" } = tokens[index] ?? {};
				return info.trim() === "mermaid"
					? drawStates(content)
					: (fence?.(tokens, index, ...rest) ?? "");
			};
		},
	},
	themeConfig: {
		logo: { src: "/icon.svg", alt: "" },
		nav: [
			{ text: "Start", link: "/start" },
			{ text: "Concepts", link: "/concepts/states" },
			{ text: "Errors", link: "/errors" },
			{ text: "Reference", link: "/reference/" },
		],
		sidebar: [
			...siteMap.map(({ text, items }) => ({ text, items: [...items] })),
			{
				text: "Reference",
				items: [
					{ text: "All packages", link: "/reference/" },
					...packages.map((name) => ({
						text: name,
						link: `/reference/${name}`,
					})),
				],
			},
		],
		outline: [2, 3],
		search: {
			provider: "local",
			options: { detailedView: false },
		},
	},
});
