/**
 * The reference: every exported name of every published package, with its declaration and what its comment says. Made
 * from the sources, file by file and without a type checker, which `isolatedDeclarations` allows.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import ts from "typescript-6";
import {
	type WorkspacePackage,
	workspacePackages,
} from "../../../packages/tooling/src/workspace.ts";

/** One exported name. */
export interface Entry {
	readonly name: string;
	readonly isType: boolean;
	/** Markdown. */
	readonly comment: string;
	/** TypeScript, without bodies. */
	readonly declaration: string;
}

/** What one import path gives. */
export interface Module {
	/** `@keyturn/testing/node` */
	readonly specifier: string;
	readonly entries: readonly Entry[];
}

type Declared = Map<string, Omit<Entry, "name">>;

const declared = new Map<string, Declared>();

/** The declarations of a file by name. */
function declarationsOf(file: string): Declared {
	const known = declared.get(file);
	if (known) return known;
	const found: Declared = new Map();
	declared.set(file, found);
	const { outputText } = ts.transpileDeclaration(readFileSync(file, "utf8"), {
		fileName: file,
		compilerOptions: {
			target: ts.ScriptTarget.ESNext,
			isolatedDeclarations: true,
			noLib: true,
		},
	});
	const source = ts.createSourceFile(
		"x.d.ts",
		outputText,
		ts.ScriptTarget.ESNext,
		true,
	);
	for (const statement of source.statements) {
		const names = ts.isVariableStatement(statement)
			? statement.declarationList.declarations.map(({ name }) => name.getText())
			: "name" in statement && statement.name
				? [(statement.name as ts.Identifier).text]
				: [];
		const entry = {
			isType:
				ts.isInterfaceDeclaration(statement) ||
				ts.isTypeAliasDeclaration(statement),
			comment: commentOf(statement),
			declaration: textOfDeclaration(statement)
				.replace(/^export (?:declare )?|^declare /, "")
				.replaceAll("    ", "  "),
		};
		for (const name of names) {
			const before = found.get(name);
			// overloads
			found.set(name, {
				...entry,
				comment: before?.comment || entry.comment,
				declaration: before
					? `${before.declaration}\n${entry.declaration}`
					: entry.declaration,
			});
		}
	}
	return found;
}

/** A parameter that is taken apart at once has no name; a reader needs one, and not the parts. */
function textOfDeclaration(statement: ts.Statement): string {
	const text = statement.getText();
	if (!ts.isFunctionDeclaration(statement)) return text;
	return statement.parameters
		.map(({ name }) => name)
		.filter(ts.isObjectBindingPattern)
		.reduceRight((before, name) => {
			const begin = name.getStart() - statement.getStart();
			return `${before.slice(0, begin)}options${before.slice(begin + name.getWidth())}`;
		}, text);
}

const textOf = (comment: ts.JSDoc["comment"]): string =>
	(ts.getTextOfJSDocComment(comment) ?? "")
		.replace(/\{@link ([^}]+)\}/g, "`$1`")
		.trim();

function commentOf(statement: ts.Statement): string {
	const [doc] = ts.getJSDocCommentsAndTags(statement).filter(ts.isJSDoc);
	if (!doc) return "";
	const tags = (doc.tags ?? []).map((tag) => {
		const title = ts.isJSDocParameterTag(tag)
			? `\`${tag.name.getText()}\``
			: ts.isJSDocTemplateTag(tag)
				? `\`${tag.typeParameters.map((each) => each.getText()).join()}\``
				: tag.tagName.text;
		const text = textOf(tag.comment).replace(/^[-:] ?/, "");
		// the parser takes the class that is thrown for a type
		const thrown = ts.isJSDocThrowsTag(tag)
			? (tag.typeExpression?.getText() ?? "")
			: "";
		return `- ${title}: ${thrown} ${text}`.replace(/ +/g, " ");
	});
	return [textOf(doc.comment), tags.join("\n")].filter(Boolean).join("\n\n");
}

function exportsOf(file: string): Entry[] {
	const source = ts.createSourceFile(
		file,
		readFileSync(file, "utf8"),
		ts.ScriptTarget.ESNext,
		true,
	);
	return source.statements.flatMap((statement): Entry[] => {
		if (ts.isExportDeclaration(statement)) {
			const from = statement.moduleSpecifier;
			const { exportClause } = statement;
			if (!exportClause || !ts.isNamedExports(exportClause))
				throw new Error(`${file}: exports by name only`);
			const target =
				from && ts.isStringLiteral(from)
					? join(dirname(file), from.text)
					: imported(source, file);
			return exportClause.elements.map(({ name, propertyName }) => {
				const original = (propertyName ?? name).text;
				const path = typeof target === "string" ? target : target.get(original);
				const entry = path && declarationsOf(path).get(original);
				if (!entry) throw new Error(`${file}: no declaration of ${original}`);
				return { name: name.text, ...entry };
			});
		}
		const isExported =
			ts.canHaveModifiers(statement) &&
			ts
				.getModifiers(statement)
				?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);
		if (!isExported) return [];
		const names = ts.isVariableStatement(statement)
			? statement.declarationList.declarations.map(({ name }) => name.getText())
			: [((statement as ts.FunctionDeclaration).name as ts.Identifier).text];
		return names.flatMap((name) => {
			const entry = declarationsOf(file).get(name);
			return entry ? [{ name, ...entry }] : [];
		});
	});
}

/** Where the names that a file imports come from, for those that it exports again. */
function imported(source: ts.SourceFile, file: string): Map<string, string> {
	return new Map(
		source.statements.filter(ts.isImportDeclaration).flatMap((statement) => {
			const from = (statement.moduleSpecifier as ts.StringLiteral).text;
			const bindings = statement.importClause?.namedBindings;
			return bindings && ts.isNamedImports(bindings)
				? bindings.elements.map(
						({ name }) => [name.text, join(dirname(file), from)] as const,
					)
				: [];
		}),
	);
}

export function modulesOf({ dir, manifest }: WorkspacePackage): Module[] {
	return Object.entries(manifest.exports ?? {}).flatMap(([path, target]) =>
		typeof target === "string"
			? []
			: [
					{
						specifier: join(manifest.name, path),
						entries: exportsOf(join(dir, target.source ?? "")).filter(
							// the same name of two files is one of overloads
							({ name }, index, all) =>
								all.findIndex((other) => other.name === name) === index,
						),
					},
				],
	);
}

const byName = (a: Entry, b: Entry): number => a.name.localeCompare(b.name);

export function referencePage(pkg: WorkspacePackage): string {
	const modules = modulesOf(pkg);
	return [
		`# ${pkg.manifest.name}`,
		`Every exported name, as the sources declare it. How to use them is told in the [README](../../../../${pkg.path}/README.md).`,
		...modules.flatMap(({ specifier, entries }) => [
			...(modules.length > 1 ? [`## ${specifier}`] : []),
			...[false, true].flatMap((isType) => {
				const these = entries
					.filter((entry) => entry.isType === isType)
					.sort(byName);
				const depth = modules.length > 1 ? "###" : "##";
				return these.map(
					({ name, comment, declaration }) =>
						`${depth} ${name}\n\n${comment}\n\n\`\`\`ts\n${declaration}\n\`\`\``,
				);
			}),
		]),
		"",
	].join("\n\n");
}

/** @returns the packages that have a page, by their short names */
export function writeReference(into: string): string[] {
	rmSync(into, { recursive: true, force: true });
	mkdirSync(into, { recursive: true });
	const published = workspacePackages(true);
	const names = published.map(({ path }) => path.replace("packages/", ""));
	for (const [index, pkg] of published.entries())
		writeFileSync(join(into, `${names[index]}.md`), referencePage(pkg));
	writeFileSync(
		join(into, "index.md"),
		[
			"# Reference",
			"Every exported name of every package, made from the sources.",
			"| package | its page |\n| --- | --- |",
			...published.map(
				({ manifest }, index) =>
					`| \`${manifest.name}\` | [${names[index]}](${names[index]}.md) |`,
			),
		]
			.join("\n\n")
			.replace(/\|\n\n\|/g, "|\n|"),
	);
	return names;
}
