/** What a workflow of this repository must not do. Read by indentation: our own files, two spaces, block style. */
export function workflowProblems(text: string): string[] {
	const problems: string[] = [];
	const lines = text.split("\n");
	if (!lines.includes("permissions: {}"))
		problems.push("permissions do not begin at none");
	if (/pull_request_target|workflow_run/.test(text))
		problems.push("runs foreign code with our rights");
	for (const tool of ["npm", "pnpm"])
		if (!lines.includes(`  ${tool}_config_ignore_scripts: "true"`))
			problems.push(`${tool} runs the scripts of what it installs`);
	for (const line of lines) {
		const used = /^\s*(?:- )?uses: (.*)$/.exec(line)?.[1];
		if (used && !/^[\w-]+\/[\w-]+@[\da-f]{40} # v\d+\.\d+\.\d+$/.test(used))
			problems.push(`not pinned by commit: ${used}`);
	}
	for (const run of runs(lines))
		if (run.includes("${{"))
			problems.push(`a value becomes code: ${run.trim()}`);
	for (const [name, job] of jobs(lines)) {
		if (!/^ {4}permissions:( \{\})?$/m.test(job))
			problems.push(`${name}: says no permissions`);
		if (!/^ {4}timeout-minutes: \d+$/m.test(job))
			problems.push(`${name}: has no time limit`);
		const mayPush = /^ {6}contents: write$/m.test(job);
		if (!mayPush && /actions\/checkout@/.test(job))
			if (!job.includes("persist-credentials: false"))
				problems.push(`${name}: leaves credentials in the clone`);
		if (/secrets\./.test(job)) problems.push(`${name}: uses a stored secret`);
		// What may sign and publish may not also push, and the other way round.
		if (mayPush && job.includes("id-token: write"))
			problems.push(`${name}: may publish and push`);
	}
	return problems;
}

/** Jobs by name, each as its text. */
export function jobs(lines: readonly string[]): Map<string, string> {
	const found = new Map<string, string>();
	let name: string | undefined;
	for (const line of lines.slice(lines.indexOf("jobs:") + 1)) {
		name = /^ {2}([\w-]+):$/.exec(line)?.[1] ?? name;
		if (name) found.set(name, `${found.get(name) ?? ""}${line}\n`);
	}
	return found;
}

/** The text of each `run:`, with the lines of a block. */
function runs(lines: readonly string[]): string[] {
	return lines.flatMap((line, index) => {
		const indent = /^(\s*(?:- )?)run:/.exec(line)?.[1]?.length;
		if (indent === undefined) return [];
		const end = lines.findIndex(
			(other, at) => at > index && other.search(/\S/) <= indent && other !== "",
		);
		return [lines.slice(index, end < 0 ? undefined : end).join("\n")];
	});
}
