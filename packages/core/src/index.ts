export {
	plausibleLifetimeMs,
	redactDetail,
} from "./arrival.ts";
export type {
	Auth,
	AuthOptions,
	AuthorizeOptions,
	Grant,
	RefreshPolicy,
	SignOutResult,
	WaitOptions,
} from "./auth.ts";
export {
	AuthError,
	type AuthErrorCode,
	type AuthErrorOptions,
	isAuthError,
} from "./auth-error.ts";
export type {
	Arrival,
	AuthEvent,
	Effect,
	EventType,
	Found,
} from "./auth-event.ts";
export {
	type Authenticated,
	type AuthState,
	type Expired,
	type Failure,
	initialState,
	type Refreshing,
	type Session,
	type Status,
	type Unauthenticated,
	type UnauthenticatedReason,
} from "./auth-state.ts";
export { createAuth } from "./create-auth.ts";
export {
	type AnswerFacts,
	type CallDescription,
	defineProtocol,
	type PlainTokens,
	type ProtocolDescription,
	type RefreshDescription,
} from "./define-protocol.ts";
export {
	defineStore,
	type SessionStore,
	type StoreHost,
	type StoreLink,
} from "./define-store.ts";
export type { JournalEntry } from "./journal.ts";
export { createMemoryStore } from "./memory-store.ts";
export { ownMembers } from "./own-members.ts";
export type {
	AbortSignalLike,
	Coordinator,
	ExclusiveOptions,
	Header,
	HttpRequest,
	HttpResponse,
	Platform,
	ScheduleOptions,
	SessionRecord,
	Signal,
	Signals,
	Stamp,
	Store,
} from "./ports.ts";
export type {
	Answer,
	AnswerContext,
	Exchange,
	Protocol,
	RefreshExchange,
	ResponseFacts,
	Tokens,
} from "./protocol.ts";
export {
	exportJournal,
	type JournalExport,
	type Replay,
	replayJournal,
} from "./replay-journal.ts";
export {
	type JsonObject,
	judgeBearer,
	lifetimeUntilMs,
	parseJson,
	parseRetryAfterMs,
} from "./response.ts";
export { Secret } from "./secret.ts";
export { isSessionRecord } from "./session-record.ts";
export { type Cell, type Table, table } from "./table.ts";
export { type Step, transition } from "./transition.ts";
