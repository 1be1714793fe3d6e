/** Names an API, or hands over an authority that was made before. */
import type { ApiName, Authority } from "./authority.ts";
import {
	createKazunionAuthority,
	type KazunionAuthority,
} from "./kazunion-authority.ts";
import {
	createOAuth2Authority,
	type OAuth2Authority,
} from "./oauth2-authority.ts";
import { createOzAuthority, type OzAuthority } from "./oz-authority.ts";
import type { TokenPolicy } from "./token-policy.ts";

export type ApiSource = ApiName | Authority;

/** One API at the root, or several, each below its own path (`/oz`). */
export type ApiSources = ApiSource | Readonly<Record<`/${string}`, ApiSource>>;

export type AuthorityOf<Source> = Source extends "oz"
	? OzAuthority
	: Source extends "kazunion"
		? KazunionAuthority
		: Source extends "oauth2"
			? OAuth2Authority
			: Source extends Authority
				? Source
				: Authority;

export const apiNames: readonly ApiName[] = ["oz", "kazunion", "oauth2"];

/** @param policy of an authority that is made here */
export function authorityOf(
	source: ApiSource,
	policy?: Partial<TokenPolicy>,
): Authority {
	switch (source) {
		case "oz":
			return createOzAuthority(policy);
		case "kazunion":
			return createKazunionAuthority(policy);
		case "oauth2":
			return createOAuth2Authority(policy);
		default:
			return source;
	}
}

export interface MountedApi {
	/** As it was given; `""` for the only one. */
	readonly path: string;
	/** `""` at the root. */
	readonly basePath: string;
	readonly authority: Authority;
}

const isOne = (sources: ApiSources): sources is ApiSource =>
	typeof sources === "string" || "handler" in sources;

/** In the order given. */
export function mount(sources: ApiSources): readonly MountedApi[] {
	const given: readonly (readonly [string, ApiSource])[] = isOne(sources)
		? [["", sources]]
		: Object.entries(sources);
	return given.map(([path, source]) => ({
		path,
		basePath: path.replace(/\/+$/, ""),
		authority: authorityOf(source),
	}));
}

/** Does a path lie below a base path? `/oz` covers `/oz/api`, not `/ozone`. */
export const isBelow = (path: string, basePath: string): boolean =>
	path === basePath || path.startsWith(`${basePath}/`);
