import { readFileSync } from "node:fs";
import { join } from "node:path";
import { transform } from "esbuild";
import { bundle } from "./bundle.ts";
import { root } from "./workspace.ts";

/** What the core may not reach for: time, chance, the network, storage and output come through ports. */
export const forbiddenNames: readonly string[] = [
	"AbortController",
	"AbortSignal",
	"BroadcastChannel",
	"Buffer",
	"Date.now",
	"EventSource",
	"Function",
	"Headers",
	"Intl",
	"Math.random",
	"Request",
	"Response",
	"TextDecoder",
	"TextEncoder",
	"URL",
	"WebSocket",
	"Worker",
	"XMLHttpRequest",
	"addEventListener",
	"alert",
	"atob",
	"btoa",
	"clearInterval",
	"clearTimeout",
	"console",
	"crypto",
	"document",
	"eval",
	"fetch",
	"global",
	"globalThis",
	"indexedDB",
	"localStorage",
	"location",
	"navigator",
	"performance",
	"process",
	"queueMicrotask",
	"require",
	"self",
	"sessionStorage",
	"setImmediate",
	"setInterval",
	"setTimeout",
	"structuredClone",
	"window",
];

export interface Leak {
	readonly name: string;
	/** Relative to the workspace; empty if no single module shows it. */
	readonly modules: readonly string[];
}

/**
 * Forbidden globals in the minified bundle of this code, and the modules that they came from. esbuild renames only *free*
 * names, so a property or a local variable that happens to be called `fetch` is none.
 */
export async function findLeaks(
	entry: string,
	names: readonly string[] = forbiddenNames,
): Promise<Leak[]> {
	const define = Object.fromEntries(names.map((name) => [name, mark(name)]));
	const made = await bundle(entry, { define });
	const leaked = names.filter((name) => has(made.code, name));
	return await Promise.all(
		leaked.map(async (name) => {
			const modules: string[] = [];
			for (const [path] of made.modules) {
				const source =
					path === "entry.ts" ? entry : readFileSync(join(root, path), "utf8");
				const { code } = await transform(source, { define, loader: "ts" });
				if (has(code, name)) modules.push(path);
			}
			return { name, modules };
		}),
	);
}

function mark(name: string): string {
	return `leaked_${name.replace(".", "_")}`;
}

function has(code: string, name: string): boolean {
	return new RegExp(`\\b${mark(name)}\\b`).test(code);
}
