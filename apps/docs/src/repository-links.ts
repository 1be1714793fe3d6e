import { join, relative } from "node:path";
import type { MarkdownRenderer } from "vitepress";

const source = "https://github.com/keyturn/keyturn/blob/main";

/**
 * Links that lead out of the site's pages, to a file of the repository: in the sources they are relative, so that the
 * link check sees them and they work in an editor; on the site they lead to the repository.
 */
export function repositoryLinks(
	md: MarkdownRenderer,
	root: string,
	pages: string,
): void {
	md.core.ruler.push("repository_links", ({ tokens, env }) => {
		for (const token of tokens.flatMap(({ children }) => children ?? [])) {
			const href = token.type === "link_open" ? token.attrGet("href") : null;
			if (!href?.startsWith(".")) continue;
			const { relativePath } = env as { relativePath: string };
			const target = join(pages, relativePath, "..", href);
			if (relative(pages, target).startsWith(".."))
				token.attrSet("href", `${source}/${relative(root, target)}`);
		}
	});
}
