import { readFileSync } from "node:fs";
import { relative } from "node:path";
import { expect, test } from "vitest";
import { sourceFiles } from "../src/boundaries.ts";
import { root, workspacePackages } from "../src/workspace.ts";

const comparison = /([\w.?]+(?:\(\))?)\s*[!=]==?\s*([\w.?]+(?:\(\))?)/g;
const isToken = (operand = "") =>
	/(?:\breveal\(\)|\b(?:access|refresh)(?:Token)?)$/.test(operand);
/** Whether there is a token at all may be asked. */
const isNothing = (operand = "") => /^(?:null|undefined)$/.test(operand);

const compares = (text: string) =>
	text
		.split("\n")
		.filter((line) =>
			[...line.matchAll(comparison)].some(
				([, left, right]) =>
					(isToken(left) && !isNothing(right)) ||
					(isToken(right) && !isNothing(left)),
			),
		);

// The mocks are servers: they issue tokens, and nobody times their answers.
const sources = workspacePackages(true)
	.filter(({ manifest }) => manifest.name !== "@keyturn/testing")
	.flatMap(({ dir }) => sourceFiles(dir));

/** Names that would invite to decide something by what a token claims. */
const tempting = (text: string) =>
	[
		...text.matchAll(
			/^export (?:async )?(?:function|const|class|interface|type) (\w+)/gm,
		),
	]
		.map(([, name = ""]) => name)
		.filter(
			(name) =>
				/jwt|claim|role|admin|permission|decode|verif/i.test(name) &&
				!/^unverified/.test(name),
		);

test("D14 no package offers a claim of a JWT as a fact: what reads one is called unverified", () => {
	const texts = sources.map((path) => readFileSync(path, "utf8"));
	expect(texts.flatMap(tempting)).toEqual([]);
	expect(texts.join()).toContain("export function unverifiedJwtLifetimeMs(");
	expect(
		tempting("export const isAdmin = 1;\nexport function decodeJwt() {}"),
	).toEqual(["isAdmin", "decodeJwt"]);
});

test("D17 no client compares a token's text: Secret.equals is the only place that does", () => {
	const found = sources.flatMap((path) =>
		compares(readFileSync(path, "utf8")).map(
			(line) => `${relative(root, path)}: ${line.trim()}`,
		),
	);
	expect(found).toEqual([]);
});

test.each([
	["if (a.reveal() === b.reveal()) return;", 1],
	["if (text === tokens.access.reveal()) return;", 1],
	["return record.access !== other.access;", 1],
	["const isLive = record.access !== null;", 0],
	["if (undefined === tokens.refresh) return;", 0],
	["return tokens.access.equals(other);", 0],
])("D17 the search knows a comparison when it sees one: %s", (line, count) => {
	expect(compares(line)).toHaveLength(count);
});
