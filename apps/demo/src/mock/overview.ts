import type { Counters, SessionView } from "@keyturn/testing";

/** What the servers know of one API. */
export interface AuthorityView {
	/** The authority's own clock, ms since the Unix epoch. */
	readonly nowMs: number;
	readonly counters: Counters;
	readonly sessions: readonly SessionView[];
	/** What its tokens were told to live, ms; `null`: as documented. */
	readonly lifetimeMs: number | null;
	/** How far its clock was moved, ms. */
	readonly clockOffsetMs: number;
}

/** What `GET /mock/control` answers. */
export interface Overview {
	/** Of each answer, ms. */
	readonly latencyMs: number;
	readonly apis: Readonly<Record<string, AuthorityView>>;
}
