/** `redis` (node-redis): a connection used for nothing else. */
export interface NodeRedisSubscriber {
	subscribe(
		channel: string,
		listener: (message: string) => void,
	): Promise<unknown>;
	unsubscribe(
		channel: string,
		listener: (message: string) => void,
	): Promise<unknown>;
	on(event: "ready", listener: () => void): unknown;
	off(event: "ready", listener: () => void): unknown;
}

/** `ioredis`: a connection used for nothing else. */
export interface IoRedisSubscriber {
	call: unknown;
	subscribe(channel: string): Promise<unknown>;
	unsubscribe(channel: string): Promise<unknown>;
	on(event: "ready", listener: () => void): unknown;
	on(
		event: "message",
		listener: (channel: string, message: string) => void,
	): unknown;
	off(event: "ready", listener: () => void): unknown;
	off(
		event: "message",
		listener: (channel: string, message: string) => void,
	): unknown;
}

export type RedisSubscriber = NodeRedisSubscriber | IoRedisSubscriber;

const isIoRedis = (
	subscriber: RedisSubscriber,
): subscriber is IoRedisSubscriber => "call" in subscriber;

/** How many listen to a channel of an ioredis connection, which itself does not count them. */
const counts = new WeakMap<object, Map<string, number>>();

/**
 * Messages are hints: what is lost, late, doubled or forged costs one look at the record (B54). So failures to
 * subscribe are not errors; those who wait for something poll as well.
 * @param heard called with each message, and with `null` when listening has begun (again) and some may have been missed
 * @returns stops
 */
export function listen(
	subscriber: RedisSubscriber,
	channel: string,
	heard: (message: string | null) => void,
): () => void {
	const ready = () => heard(null);
	const nothing = () => {};
	subscriber.on("ready", ready);
	if (!isIoRedis(subscriber)) {
		const listener = (message: string) => heard(message);
		subscriber.subscribe(channel, listener).then(ready, nothing);
		return () => {
			subscriber.off("ready", ready);
			subscriber.unsubscribe(channel, listener).catch(nothing);
		};
	}
	const listener = (from: string, message: string) => {
		if (from === channel) heard(message);
	};
	const count = counts.get(subscriber) ?? new Map<string, number>();
	counts.set(subscriber, count);
	count.set(channel, (count.get(channel) ?? 0) + 1);
	subscriber.on("message", listener);
	subscriber.subscribe(channel).then(ready, nothing);
	return () => {
		subscriber.off("ready", ready);
		subscriber.off("message", listener);
		const left = (count.get(channel) ?? 1) - 1;
		count.set(channel, left);
		if (left === 0) subscriber.unsubscribe(channel).catch(nothing);
	};
}
