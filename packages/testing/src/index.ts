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
export type { KazunionRefusal } from "./kazunion-answer.ts";
export {
	createKazunionAuthority,
	type KazunionAccount,
	type KazunionAuthority,
	type KazunionAuthorityOptions,
} from "./kazunion-authority.ts";
export {
	createOAuth2Authority,
	type OAuth2Account,
	type OAuth2Authority,
	type OAuth2AuthorityOptions,
} from "./oauth2-authority.ts";
export type { OAuth2Client } from "./oauth2-message.ts";
export type { OzAccount } from "./oz-answer.ts";
export {
	createOzAuthority,
	type OzAuthority,
	type OzAuthorityOptions,
} from "./oz-authority.ts";
export type { ReadyAuth, ReadyOptions } from "./ready-auth.ts";
export {
	type ExpiredOptions,
	expired,
	type LiveOptions,
	type RefreshingOptions,
	refreshing,
	type SignedOutOptions,
	signedIn,
	signedOut,
} from "./ready-made.ts";
export type { SessionShape } from "./ready-session.ts";
export { createSeededRandom } from "./seeded-random.ts";
export type { SharedLock, SharedLockOptions } from "./shared-lock.ts";
export {
	type Commit,
	createSharedStore,
	type SharedStore,
	type SharedStoreOptions,
	type StoreFailure,
} from "./shared-store.ts";
export type { CallOptions } from "./simulated-call.ts";
export {
	type CallResult,
	createSimulator,
	type SimulatedClient,
	type Simulator,
	type SimulatorOptions,
} from "./simulator.ts";
export type { StoreUnderTest } from "./store-check.ts";
export {
	type StoreCheck,
	type StoreConformanceOptions,
	storeConformance,
} from "./store-conformance.ts";
export type { TokenPolicy } from "./token-policy.ts";
export type { VirtualClock, VirtualTimer } from "./virtual-clock.ts";
export type { PlainReply, VirtualExchange } from "./virtual-exchange.ts";
export type { Server, VirtualNetwork } from "./virtual-network.ts";
export {
	type VirtualPlatform,
	type VirtualPlatformOptions,
	virtualPlatform,
} from "./virtual-platform.ts";
