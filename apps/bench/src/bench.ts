/**
 * `pnpm bench [--quick]`: installs the peers, measures everything side by side in one run, prints tables and writes
 * `apps/bench/results.json`. Nothing is asserted: the figures are for people, on a machine that does nothing else.
 */
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { join } from "node:path";
import { bundleSizes } from "./bundle-size.ts";
import { clients } from "./client.ts";
import { installPeers, peerVersions } from "./peers.ts";
import { baselineOf, readyPath } from "./ready-path.ts";
import {
	type Broken,
	type Report,
	type StormRow,
	toMarkdown,
} from "./report.ts";
import type { Situation, StormResult } from "./storm.ts";

const isQuick = process.argv.includes("--quick");

function playStorm(
	client: string,
	situation: Situation,
): Promise<{ rows: StormRow[]; broken: Broken[] }> {
	return new Promise((resolve) => {
		execFile(
			process.execPath,
			[
				"--conditions=source",
				join(import.meta.dirname, "storm.ts"),
				client,
				situation,
			],
			{ timeout: 120_000, maxBuffer: 1 << 26 },
			(error, stdout) => {
				const rows = stdout
					.split("\n")
					.filter((line) => line.startsWith("{"))
					.map((line) => ({
						client,
						situation,
						...(JSON.parse(line) as StormResult),
					}));
				const why = error?.killed
					? "does not end"
					: (/(?:^|\n)\w*Error: (.*)/.exec(error?.message ?? "")?.[1] ??
						"crashes");
				resolve({ rows, broken: error ? [{ client, situation, why }] : [] });
			},
		);
	});
}

await installPeers();
console.error("ready path");
const ready = await readyPath(
	{ rounds: isQuick ? 100 : 1_000, callsPerRound: 100 },
	{ rounds: isQuick ? 20 : 150, callsPerRound: 20 },
);

const storms: StormRow[] = [];
const broken: Broken[] = [];
const compared = clients.filter(({ name }) => baselineOf(name) !== name);
for (const situation of ["known", "dropped"] as const)
	for (const { name } of compared) {
		console.error(`${situation}: ${name}`);
		const played = await playStorm(name, situation);
		storms.push(...played.rows);
		broken.push(...played.broken);
	}
// these wait more than they work: all clients at once
for (const situation of ["503", "reset", "hang", "invalid"] as const) {
	console.error(situation);
	for (const played of await Promise.all(
		compared.map(({ name }) => playStorm(name, situation)),
	)) {
		storms.push(...played.rows);
		broken.push(...played.broken);
	}
}

const report: Report = {
	versions: {
		node: process.versions.node,
		machine: `${cpus().length} × ${cpus()[0]?.model}, ${Math.round(totalmem() / 2 ** 30)} GB`,
		...peerVersions(),
	},
	ready,
	storms,
	broken,
	sizes: await bundleSizes(),
};
writeFileSync(
	join(import.meta.dirname, "../results.json"),
	`${JSON.stringify(report, null, "\t")}\n`,
);
console.log(toMarkdown(report));
// some peers keep timers, and the process with them
process.exit();
