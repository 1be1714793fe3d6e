// The Node.js of this workspace is an optional package (node-<platform>): where its download
// fails, pnpm goes on without a word and scripts get the machine's own.
const need = 22;
if (Number.parseInt(process.versions.node, 10) < need) {
	console.error(
		`Node.js ${need}+ is needed, this is ${process.version}: run "pnpm install --force", or install Node.js ${need}+.`,
	);
	process.exit(1);
}
