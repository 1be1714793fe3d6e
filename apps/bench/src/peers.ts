/** The peers are installed by the bench alone, into a cache, after the lockfile in `peers/`. */
import {
	cpSync,
	existsSync,
	mkdirSync,
	readFileSync,
	writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { pnpm } from "../../../packages/tooling/src/run.ts";

const source = join(import.meta.dirname, "../peers");

export const peersFolder: string = join(
	import.meta.dirname,
	"../node_modules/.cache/peers",
);

const files = ["package.json", "pnpm-lock.yaml", "pnpm-workspace.yaml"];
const loader = join(peersFolder, "load.mjs");

export async function installPeers(): Promise<void> {
	const isCurrent =
		existsSync(loader) &&
		files.every(
			(file) =>
				existsSync(join(peersFolder, file)) &&
				readFileSync(join(peersFolder, file)).equals(
					readFileSync(join(source, file)),
				),
		);
	if (isCurrent) return;
	mkdirSync(peersFolder, { recursive: true });
	for (const file of files) cpSync(join(source, file), join(peersFolder, file));
	await pnpm(["install", "--frozen-lockfile", "--ignore-scripts"], {
		cwd: peersFolder,
		timeoutMs: 600_000,
	});
	// what is imported from there is found there
	writeFileSync(loader, "export const load = (name) => import(name);\n");
}

export async function loadPeer(name: string): Promise<unknown> {
	const { load } = (await import(pathToFileURL(loader).href)) as {
		load(name: string): Promise<unknown>;
	};
	return load(name);
}

export const peerVersions = (): Readonly<Record<string, string>> =>
	(
		JSON.parse(readFileSync(join(source, "package.json"), "utf8")) as {
			dependencies: Record<string, string>;
		}
	).dependencies;
