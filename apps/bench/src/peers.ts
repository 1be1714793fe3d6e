/** The peers are installed by the bench alone. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { nestedInstall } from "../../../packages/tooling/src/nested-install.ts";

const source = join(import.meta.dirname, "../peers");

export const peersFolder: string = join(
	import.meta.dirname,
	"../node_modules/.cache/peers",
);

const loader = join(peersFolder, "load.mjs");

export async function installPeers(): Promise<void> {
	await nestedInstall(source, peersFolder);
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
