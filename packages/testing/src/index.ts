export type { ApiReply, ApiRequest, Delay } from "./api-message.ts";
export { ConnectionLost } from "./api-message.ts";
export type {
	ApiName,
	Authority,
	AuthorityOptions,
	SessionView,
} from "./authority.ts";
export type {
	AuthorityEvent,
	AuthorityEventType,
	Counters,
} from "./authority-event.ts";
export type {
	Fault,
	FaultOptions,
	FaultType,
	RequestKind,
} from "./fault.ts";
export {
	createKazunionAuthority,
	type KazunionAccount,
	type KazunionAuthority,
	type KazunionAuthorityOptions,
	type KazunionRefusal,
} from "./kazunion-authority.ts";
export {
	createOAuth2Authority,
	type OAuth2Account,
	type OAuth2Authority,
	type OAuth2AuthorityOptions,
	type OAuth2Client,
} from "./oauth2-authority.ts";
export {
	createOzAuthority,
	type OzAccount,
	type OzAuthority,
	type OzAuthorityOptions,
} from "./oz-authority.ts";
export { createSeededRandom } from "./seeded-random.ts";
export type { TokenPolicy } from "./token-ledger.ts";
export type { VirtualClock, VirtualTimer } from "./virtual-clock.ts";
export type {
	PlainReply,
	Server,
	VirtualExchange,
	VirtualNetwork,
} from "./virtual-network.ts";
export {
	type VirtualPlatform,
	type VirtualPlatformOptions,
	virtualPlatform,
} from "./virtual-platform.ts";
