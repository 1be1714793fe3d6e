/** The measured figures of the comparison, as tables: what `pnpm bench` in `apps/bench` wrote, and nothing else. */

/** The part of `apps/bench`'s report that is shown. */
export interface Measured {
	/** `2026-11-26` */
	readonly measured: string;
	readonly versions: Readonly<Record<string, string>>;
	readonly ready: readonly {
		readonly transport: string;
		readonly client: string;
		readonly medianNs: number;
		readonly ratio: number;
	}[];
	readonly storms: readonly {
		readonly client: string;
		readonly situation: string;
		readonly size: number;
		readonly succeeded: number;
		readonly failed: number;
		readonly hanging: number;
		readonly refreshes: number;
		readonly unauthorized: number;
		readonly survives: boolean;
	}[];
	readonly broken: readonly {
		readonly client: string;
		readonly situation: string;
		readonly why: string;
	}[];
	readonly sizes: readonly {
		readonly client: string;
		readonly gzipped: number | null;
	}[];
}

const table = (
	head: readonly string[],
	rows: readonly (readonly string[])[],
): string =>
	[head, head.map(() => "---"), ...rows]
		.map((cells) => `| ${cells.join(" | ")} |`)
		.join("\n");

const count = (value: number): string => value.toLocaleString("en-US");

/** Does one more request succeed afterwards? */
const next = (survives: boolean): string => (survives ? "ok" : "**fails**");

const clientsOf = ({ storms, broken }: Measured): string[] => [
	...new Set([...storms, ...broken].map(({ client }) => client)),
];

const brokenBy = (
	{ broken }: Measured,
	client: string,
	situation: string,
): string | undefined =>
	broken.find((row) => row.client === client && row.situation === situation)
		?.why;

/** The largest storm that was measured. */
function storm(data: Measured, situation: string): string {
	const rows = data.storms.filter((row) => row.situation === situation);
	const size = Math.max(...rows.map((row) => row.size));
	return table(
		[
			`${count(size)} requests at once`,
			"answered",
			"refreshes",
			"401s",
			"the next request",
		],
		clientsOf(data).map((client) => {
			const row = rows.find(
				(each) => each.client === client && each.size === size,
			);
			return row
				? [
						client,
						count(row.succeeded),
						count(row.refreshes),
						count(row.unauthorized),
						next(row.survives),
					]
				: [client, brokenBy(data, client, situation) ?? "-", "", "", ""];
		}),
	);
}

const faults = {
	"503": "answers 503 once",
	reset: "is cut off once",
	hang: "hangs",
	invalid: "answers a web page once",
} as const;

/** What becomes of 100 waiting requests, and of the session, when the refresh fails. */
const failing = (data: Measured): string =>
	table(
		["answered while the refresh:", ...Object.values(faults)],
		clientsOf(data).map((client) => [
			client,
			...Object.keys(faults).map((situation) => {
				const row = data.storms.find(
					(each) => each.client === client && each.situation === situation,
				);
				if (!row) return brokenBy(data, client, situation) ?? "-";
				const hanging = row.hanging ? ` (${row.hanging} hang)` : "";
				return `${row.succeeded} of ${row.size}${hanging}, next ${next(row.survives)}`;
			}),
		]),
	);

const transports = {
	"new Response": "over a stub",
	loopback: "over loopback",
} as const;

/** A transport that was not part of the run has no column. */
function ready(data: Measured): string {
	const measured = Object.entries(transports).filter(([transport]) =>
		data.ready.some((row) => row.transport === transport),
	);
	if (measured.length === 0)
		return "What a request costs in time was not part of this run.";
	return table(
		[
			"a request while the token is good",
			...measured.map(([, title]) => title),
		],
		[...new Set(data.ready.map(({ client }) => client))].map((client) => [
			client,
			...measured.map(([transport]) => {
				const row = data.ready.find(
					(each) => each.client === client && each.transport === transport,
				);
				return row
					? `${(row.medianNs / 1_000).toFixed(1)} µs (${row.ratio.toFixed(2)} ×)`
					: "-";
			}),
		]),
	);
}

const sizes = (data: Measured): string =>
	table(
		["what an application imports", "minified and gzipped"],
		data.sizes.map(({ client, gzipped }) => [
			client,
			gzipped === null
				? "does not bundle for browsers"
				: `${(gzipped / 1_000).toFixed(1)} kB`,
		]),
	);

const where = ({ measured, versions }: Measured): string => {
	const { node, machine, ...peers } = versions;
	const list = Object.entries(peers).map(([name, of]) => `${name} ${of}`);
	return `Measured on ${measured}: Node.js ${node}, ${machine}. ${list.join(", ")}.`;
};

/** By the names of their places in the page. */
export const benchTables: Readonly<Record<string, (data: Measured) => string>> =
	{
		where,
		known: (data) => storm(data, "known"),
		dropped: (data) => storm(data, "dropped"),
		failing,
		ready,
		sizes,
	};

/** Puts every table into its place. */
export const withTables = (page: string, data: Measured): string =>
	Object.entries(benchTables).reduce((text, [name, draw]) => {
		const place = new RegExp(
			`(<!-- bench-${name}:begin -->\\n)[\\s\\S]*?(<!-- bench-${name}:end -->)`,
		);
		if (!place.test(text)) throw new Error(`no place for ${name}`);
		return text.replace(
			place,
			(_, begin: string, end: string) => `${begin}${draw(data)}\n${end}`,
		);
	}, page);
