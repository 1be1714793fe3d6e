import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { codeSample } from "./code-sample.ts";

/** The workspace has one compiler, at its top. */
const tsc = fileURLToPath(
	new URL("../../../../node_modules/.bin/tsc", import.meta.url),
);

const apis = ["oz", "kazunion", "oauth2"] as const;
const adapters = ["fetch", "ky"] as const;
const keepings = ["memory", "tabs"] as const;

const samples = apis.flatMap((api) =>
	adapters.flatMap((adapter) =>
		keepings.map((keeping) => ({
			name: `${api}-${adapter}-${keeping}`,
			code: codeSample({ api, adapter, keeping }),
		})),
	),
);

test("all twelve samples compile, strictly", () => {
	const demo = fileURLToPath(new URL("../..", import.meta.url));
	// below the app, so that its packages are found
	const cache = `${demo}node_modules/.cache`;
	mkdirSync(cache, { recursive: true });
	const folder = mkdtempSync(`${cache}/samples-`);
	try {
		for (const { name, code } of samples)
			writeFileSync(`${folder}/${name}.ts`, code);
		writeFileSync(
			`${folder}/tsconfig.json`,
			JSON.stringify({
				extends: `${demo}tsconfig.json`,
				compilerOptions: { noUnusedLocals: true },
				include: ["*.ts"],
			}),
		);
		const { status, stdout, stderr } = spawnSync(tsc, ["-p", folder], {
			encoding: "utf8",
		});
		expect({ status, stdout, stderr }).toEqual({
			status: 0,
			stdout: "",
			stderr: "",
		});
	} finally {
		rmSync(folder, { recursive: true });
	}
});

test("no sample imports what it does not use", () => {
	for (const { code } of samples) {
		const [imports = ""] = code.split("export const auth");
		for (const [, names = ""] of imports.matchAll(
			/import \{? ?([\w, ]+?) ?\}? from/g,
		))
			for (const name of names.split(", "))
				expect(code.split(new RegExp(`\\b${name}\\b`)).length).toBeGreaterThan(
					2,
				);
	}
});
