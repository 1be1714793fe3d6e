import type { BundleSize } from "./bundle-size.ts";
import { baselineOf, type ReadyResult, type Transport } from "./ready-path.ts";
import type { Situation, StormResult } from "./storm.ts";

export interface StormRow extends StormResult {
	readonly client: string;
	readonly situation: Situation;
}

/** A client that did not come to an end. */
export interface Broken {
	readonly client: string;
	readonly situation: Situation;
	readonly why: string;
}

export interface Report {
	readonly versions: Readonly<Record<string, string>>;
	readonly ready: readonly ReadyResult[];
	readonly storms: readonly StormRow[];
	readonly broken: readonly Broken[];
	readonly sizes: readonly BundleSize[];
}

const table = (
	title: string,
	head: readonly string[],
	rows: readonly (readonly (string | number)[])[],
): string =>
	[
		`## ${title}`,
		"",
		...[head, head.map(() => "---"), ...rows].map(
			(cells) => `| ${cells.join(" | ")} |`,
		),
		"",
	].join("\n");

const micro = (ns: number): string => `${(ns / 1_000).toFixed(2)} µs`;
const times = (ratio: number): string => `${ratio.toFixed(2)} ×`;

const readyTable = (
	transport: Transport,
	title: string,
	ready: readonly ReadyResult[],
): string =>
	table(
		title,
		["", "one call", "best round", "against the baseline"],
		ready
			.filter((result) => result.transport === transport)
			.map(({ client, medianNs, bestNs, ratio }) => [
				client,
				micro(medianNs),
				micro(bestNs),
				`${times(ratio)} ${baselineOf(client)}`,
			]),
	);

const titles: Readonly<Record<Situation, string>> = {
	known: "A storm on a token whose time is up",
	dropped: "A storm on a token that the server does not know any more",
	"503": "100 requests wait, and the refresh answers 503 once",
	reset: "100 requests wait, and the refresh's connection breaks once",
	hang: "100 requests wait, and the refresh hangs",
	invalid: "100 requests wait, and the refresh answers with a web page",
};

export function toMarkdown({ ready, storms, broken, sizes }: Report): string {
	return [
		readyTable(
			"new Response",
			"Ready path: each answer a new `Response`",
			ready,
		),
		readyTable(
			"reused Response",
			"Ready path: the same `Response` again and again",
			ready,
		),
		readyTable("loopback", "Ready path: over a loopback port", ready),
		...(Object.keys(titles) as Situation[]).map((situation) =>
			table(
				titles[situation],
				[
					"",
					"requests",
					"200",
					"failed",
					"hanging",
					"refreshes",
					"reuses",
					"401s",
					"time",
					"CPU",
					"peak memory",
					"session lives",
				],
				[
					...storms
						.filter((row) => row.situation === situation)
						.map((row) => [
							row.client,
							row.size,
							row.succeeded,
							row.failed,
							row.hanging,
							row.refreshes,
							row.reuses,
							row.unauthorized,
							`${Math.round(row.wallMs)} ms`,
							`${Math.round(row.cpuMs)} ms`,
							`${Math.round(row.peakMB)} MB`,
							row.survives ? "yes" : "no",
						]),
					...broken
						.filter((row) => row.situation === situation)
						.map(({ client, why }) => [client, why, ...Array(10).fill("")]),
				],
			),
		),
		table(
			"Bundle for a browser",
			["", "minified", "gzipped"],
			sizes.map(({ client, minified, gzipped }) => [
				client,
				Number.isNaN(minified) ? "does not bundle" : `${minified} B`,
				Number.isNaN(gzipped) ? "" : `${gzipped} B`,
			]),
		),
	].join("\n");
}
