/** The rows of `pnpm verify`'s table, and the tests that each stands for. A row without a test fails the run. */
import { importSets } from "./import-sets.ts";
import type { Check } from "./verdict.ts";

const packed = "^packages/tooling/test/packed\\.deep\\.test\\.ts: ";
const alone = `${packed}.* installed alone `;
const workspace = "^packages/tooling/test/workspace\\.deep\\.test\\.ts: ";
const stranger = "^packages/tooling/test/stranger\\.deep\\.test\\.ts: ";
const site = "^apps/docs/test/site\\.deep\\.test\\.ts: ";
/** Written where the session is that they guard. */
const anywhere = ": .*";

const check = (
	title: string,
	tests: string,
	needs?: Check["needs"],
): Check => ({ title, tests: new RegExp(tests, "i"), ...(needs && { needs }) });

export const checks: readonly Check[] = [
	check("packages hold exactly their files", `${packed}.* holds exactly`),
	check(
		"no private condition, no install script",
		`${packed}.* shows no private condition`,
	),
	check(
		"nothing of the building machine inside",
		`${packed}.* names no place of the machine`,
	),
	check("core has no dependency", `${packed}core has no dependency`),
	check("publint, strict", `${packed}.* publint`),
	check("are the types wrong (attw)", `${packed}.* attw`),
	check("installed alone, every export loads", `${alone}every export loads, `),
	...["TypeScript 5.9", "TypeScript 6", "TypeScript 7"].map((compiler) =>
		check(
			`types hold for ${compiler}`,
			`${alone}its types hold for ${compiler.replace(".", "\\.")}$`,
		),
	),
	check("bundled by Vite", `${alone}Vite bundles`),
	check("bundled by esbuild", `${alone}esbuild bundles`),
	check("built twice, byte by byte the same", `${workspace}a build in another`),
	check(
		"loads in a bare vm context",
		"/side-effects\\.test\\.ts: .* nothing but the language",
	),
	check(
		"an unused import leaves nothing in a bundle",
		"/side-effects\\.test\\.ts: an unused import",
	),
	...importSets.map(({ name }) =>
		check(`size of ${name}`, `${packed}${name}, built, stays within `),
	),
	check(
		"sizes in the READMEs are the measured ones",
		"/size\\.test\\.ts: .*README",
	),
	check(
		"docs site: every page is built",
		`${site}what was built has every page`,
		"Chromium",
	),
	check(
		"docs site: every link leads somewhere",
		`${site}what was built every link`,
		"Chromium",
	),
	check(
		"docs site: the search works offline",
		`${site}in a browser that reaches nothing else the search finds`,
		"Chromium",
	),
	check("docs site: axe finds nothing serious", `${site}.* axe `, "Chromium"),
	check(
		"docs: the reference has every export",
		"^apps/docs/test/reference\\.deep\\.test\\.ts: every export",
	),
	check(
		"docs: every error code says when and what to do",
		"^apps/docs/test/error-codes\\.test\\.ts: ",
	),
	check(
		"every example compiles and runs",
		"/snippets\\.test\\.ts: the documentation every example",
	),
	check("links in the READMEs", "/links\\.test\\.ts: .* every link leads"),
	check(
		"no canary in what runs print",
		"/(canary-[\\w-]+|reports)\\.test\\.ts: ",
	),
	check(
		"a page under CSP and Trusted Types",
		`${anywhere}\\b(CSP|content security policy|trusted types)\\b`,
		"Chromium",
	),
	check(
		"code generation disallowed",
		`${anywhere}\\b(code generation|disallow-code-generation)`,
	),
	check("frozen intrinsics", `${anywhere}\\bfrozen.intrinsics\\b`),
	check("polluted Object.prototype", `${anywhere}\\bpolluted\\b`),
	check("no global is patched", `${anywhere}\\bno global\\b`),
	check(
		"collectable after close()",
		`${anywhere}\\b(collectable|collected)\\b`,
	),
	check("changeset version, dry run", `${workspace}a release: `),
	check("workflows keep their rules", "/workflow\\.test\\.ts: "),
	check("a stranger's script with fetch", `${stranger}a script with fetch `),
	check("a stranger's script with ky", `${stranger}a script with ky `),
	check(
		"a stranger's page with React and Vite",
		`${stranger}a page with React`,
		"Chromium",
	),
	check(
		"model: every world that can be reached",
		"^packages/core/test/model/.*: .*hold in every world",
	),
	check("on a real Redis", "^packages/redis/test/", "Redis"),
	check("in real Chromium", "\\.(browser|pages)\\.test\\.tsx?: ", "Chromium"),
];
