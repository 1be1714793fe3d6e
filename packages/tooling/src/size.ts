/** `node size.ts [--built] [--write]`: the size of every import set against its budget; `--write` mends the READMEs. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Bundle, bundle } from "./bundle.ts";
import { figureNames, inKB, staleFigures, withFigures } from "./figures.ts";
import { type ImportSet, importSets } from "./import-sets.ts";
import { documents, root } from "./workspace.ts";

export interface Measured {
	readonly set: ImportSet;
	readonly bundle: Bundle;
	readonly isOver: boolean;
}

export async function measure(
	set: ImportSet,
	condition: "source" | "default" = "source",
): Promise<Measured> {
	const { entry, external, budgetKB } = set;
	const made = await bundle(entry, { external, condition });
	return { set, bundle: made, isOver: made.gzipBytes > budgetKB * 1000 };
}

/** Two lines for one that fits; for one that does not, every module inside, the largest first. */
export function describe({ set, bundle: made, isOver }: Measured): string {
	const line = `${isOver ? "OVER" : "ok  "} ${made.gzipBytes.toString().padStart(5)} B of ${(set.budgetKB * 1000).toString().padStart(4)}  ${set.name}`;
	if (!isOver) return line;
	const inside = made.modules.map(
		([path, bytes]) =>
			`       ${bytes.toString().padStart(5)} B minified  ${path}`,
	);
	return [line, ...inside].join("\n");
}

export function figuresOf(all: readonly Measured[]): Map<string, string> {
	return new Map(
		all.map(({ set, bundle: made }) => [set.name, inKB(made.gzipBytes)]),
	);
}

/** What is wrong with the figures of a document. The README at the root must have all of them. */
export function complaints(
	path: string,
	text: string,
	figures: ReadonlyMap<string, string>,
): string[] {
	const there = figureNames(text);
	const missing = path === "README.md" ? importSets : [];
	return [
		...staleFigures(text, figures).map(({ name, says, is }) =>
			is
				? `${path} says ${says} kB for ${name}, it is ${is}: \`pnpm size --write\` mends it`
				: `${path} has a figure for ${name}, and packages/tooling/src/import-sets.ts no such set`,
		),
		...missing
			.filter(({ name }) => !there.includes(name))
			.map(
				({ name, title }) =>
					`${path} has no figure for ${name}: under Size add | ${title} | 0.0 kB<!-- size:${name} --> |`,
			),
	];
}

if (import.meta.main) {
	const { values } = parseArgs({
		options: { built: { type: "boolean" }, write: { type: "boolean" } },
	});
	const all = await Promise.all(
		importSets.map((set) => measure(set, values.built ? "default" : "source")),
	);
	console.log(all.map(describe).join("\n"));
	if (all.some(({ isOver }) => isOver)) process.exitCode = 1;
	const figures = figuresOf(all);
	for (const path of documents()) {
		let text = readFileSync(join(root, path), "utf8");
		if (values.write) {
			text = withFigures(text, figures);
			writeFileSync(join(root, path), text);
		}
		for (const complaint of complaints(path, text, figures)) {
			console.log(complaint);
			process.exitCode = 1;
		}
	}
}
