export {
	type AdapterAuth,
	type AuthFetch,
	type AuthFetchOptions,
	type AuthMode,
	type AuthRequestInit,
	createAuthFetch,
} from "./auth-fetch.ts";
export {
	type FetchLike,
	type WebPlatformOptions,
	webPlatform,
} from "./web-platform.ts";
