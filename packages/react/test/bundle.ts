import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

export const majors = [18, 19] as const;
export type Major = (typeof majors)[number];

const require = createRequire(import.meta.url);
const react = /^(react|react-dom)(\/.*)?$/;

/**
 * A test file with one major version of React in it. Bundled, because two of them cannot be installed side by side so
 * that each renderer finds its own: here every `react`, whoever imports it, is the one that is asked for.
 */
export async function bundle(
	file: string,
	major: Major,
	target: "browser" | "node",
): Promise<string> {
	const { outputFiles } = await build({
		entryPoints: [fileURLToPath(new URL(file, import.meta.url))],
		bundle: true,
		write: false,
		format: target === "node" ? "cjs" : "iife",
		platform: target,
		target: "es2023",
		jsx: "automatic",
		conditions: ["source"],
		define: {
			"process.env.NODE_ENV": '"development"',
		},
		plugins: [
			{
				name: "react-major",
				setup({ onResolve }) {
					onResolve({ filter: react }, ({ path }) => {
						const [, name, rest = ""] = react.exec(path) ?? [];
						return {
							path: require.resolve(
								`${name}${major === 18 ? "-18" : ""}${rest}`,
							),
						};
					});
				},
			},
		],
	});
	return outputFiles[0]?.text ?? "";
}
