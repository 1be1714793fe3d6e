export { type RedisAuth, redisAuth } from "./redis-auth.ts";
export type { EncryptionKeys, RedisAuthOptions } from "./redis-auth-options.ts";
export type {
	IoRedisClient,
	NodeRedisClient,
	RedisClient,
} from "./redis-client.ts";
export { redisCoordinator } from "./redis-coordinator.ts";
export { redisStore } from "./redis-store.ts";
export type {
	IoRedisSubscriber,
	NodeRedisSubscriber,
	RedisSubscriber,
} from "./subscriber.ts";
export {
	createUserSessions,
	type UserSession,
	type UserSessions,
	type UserSessionsOptions,
} from "./user-sessions.ts";
