/**
 * What is done in the page. Each scenario tells what it saw; what must be seen stands in `hooks.pages.test.ts`. Runs with
 * either major version of React, see `bundle.ts`.
 */
import { version } from "react";
import { hydrate } from "./hydration.tsx";
import { outside, replacing, twoKinds, unmounting } from "./lifecycle.tsx";
import { renderCounts, slices, strictMode } from "./rendering.tsx";
import { signingIn } from "./signing-in.tsx";
import { nineteen, suspense } from "./suspense.tsx";
import { noTearing, tearingByHand } from "./tearing.tsx";

declare global {
	var scenarios: Readonly<Record<string, () => Promise<unknown>>>;
}

globalThis.scenarios = {
	major: async () => Number(version.split(".")[0]),
	strictMode,
	renderCounts,
	slices,
	hydrate: () => hydrate(),
	hydrateWithState: () => hydrate("given"),
	noTearing,
	tearingByHand,
	signingIn,
	unmounting,
	replacing,
	suspense,
	nineteen,
	outside,
	twoKinds,
};
