import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** Relative links of a Markdown file that lead nowhere; headings count as `#anchors`, the way GitHub writes them. */
export function brokenLinks(root: string, path: string): string[] {
	const text = prose(readFileSync(join(root, path), "utf8"));
	const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(
		([, link = ""]) => link,
	);
	return links.filter((link) => {
		if (/^[a-z]+:/.test(link)) return false;
		const [file = "", anchor] = link.split("#");
		const target = file === "" ? path : join(dirname(path), file);
		if (!existsSync(join(root, target))) return true;
		return (
			anchor !== undefined &&
			!anchors(readFileSync(join(root, target), "utf8")).has(anchor)
		);
	});
}

function anchors(markdown: string): Set<string> {
	return new Set(
		[...prose(markdown).matchAll(/^#+ (.*)$/gm)].map(([, title = ""]) =>
			anchorOf(title),
		),
	);
}

/** The anchor of a heading, as GitHub writes it; the site does the same, so that a link leads to it in both places. */
export function anchorOf(title: string): string {
	return title
		.toLowerCase()
		.replace(/[^\p{L}\p{N}\s_-]/gu, "")
		.trim()
		.replaceAll(" ", "-");
}

/** Without code, in which brackets mean something else. */
function prose(markdown: string): string {
	return markdown
		.replace(/^```[\s\S]*?^```$/gm, "")
		.replace(/`[^`\n]*`/g, (code) => code.replace(/[[\]()]/g, ""));
}
