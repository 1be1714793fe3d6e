/** The built page. Two files instead of two hundred: a test that opens it thirty times has time for other things. */
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

export const root: string = fileURLToPath(new URL("..", import.meta.url));

export interface BuiltApp extends AsyncDisposable {
	/** @param below what comes before the file's name in the path @returns whether there was such a file */
	serve(
		message: IncomingMessage,
		out: ServerResponse,
		below: string,
	): Promise<boolean>;
}

const types: Readonly<Record<string, string>> = {
	".html": "text/html",
	".js": "text/javascript",
	".css": "text/css",
	".svg": "image/svg+xml",
};

/** @param mode `static` comes with servers of its own */
export async function buildApp(
	mode: "production" | "static",
): Promise<BuiltApp> {
	const folder = await mkdtemp(join(tmpdir(), "explorer-"));
	// in a process of its own: here NODE_ENV is "test", and React would come in its development version
	await promisify(execFile)(
		process.execPath,
		[
			join(root, "node_modules/vite/bin/vite.js"),
			"build",
			`--mode=${mode}`,
			"--logLevel=error",
			"--emptyOutDir",
			`--outDir=${folder}`,
		],
		{ cwd: root, env: { ...process.env, NODE_ENV: "production" } },
	);
	return {
		async serve({ url = "/" }, out, below) {
			const { pathname } = new URL(url, "http://localhost");
			if (!pathname.startsWith(below)) return false;
			const name = normalize(pathname.slice(below.length) || "index.html");
			try {
				const body = await readFile(join(folder, name));
				out
					.writeHead(200, { "content-type": types[extname(name)] ?? "" })
					.end(body);
				return true;
			} catch {
				return false;
			}
		},
		[Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
	};
}
