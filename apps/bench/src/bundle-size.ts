import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { clients } from "./client.ts";
import { peersFolder } from "./peers.ts";

export interface BundleSize {
	readonly client: string;
	readonly minified: number;
	readonly gzipped: number;
}

/** What an application for browsers ships for each client, dependencies included. */
export async function bundleSizes(): Promise<BundleSize[]> {
	const sizes: BundleSize[] = [];
	for (const { name, imports } of clients) {
		if (imports === null) continue;
		const isOurs = imports.includes("@keyturn/");
		try {
			const { outputFiles } = await build({
				stdin: {
					contents: imports,
					resolveDir: isOurs ? join(import.meta.dirname, "..") : peersFolder,
				},
				bundle: true,
				minify: true,
				write: false,
				format: "esm",
				platform: "browser",
				target: "es2023",
				conditions: isOurs ? ["source"] : [],
				logLevel: "silent",
				// a server's library may ask for modules that browsers lack; they weigh nothing here
				external: ["node:*"],
			});
			const bytes = outputFiles[0]?.contents ?? new Uint8Array();
			sizes.push({
				client: name,
				minified: bytes.length,
				gzipped: gzipSync(bytes, { level: 9 }).length,
			});
		} catch {
			// not made for browsers
			sizes.push({ client: name, minified: Number.NaN, gzipped: Number.NaN });
		}
	}
	return sizes;
}
