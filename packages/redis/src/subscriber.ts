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
}

export type RedisSubscriber = NodeRedisSubscriber | IoRedisSubscriber;

const isIoRedis = (
	subscriber: RedisSubscriber,
): subscriber is IoRedisSubscriber => "call" in subscriber;

type Heard = (message: string | null) => void;

/** One listener a connection and channel, however many sessions use it: clients warn of more than ten. */
interface Hub {
	readonly channels: Map<string, Set<Heard>>;
	/** node-redis takes each channel's listener back by identity. */
	readonly listeners: Map<string, (message: string) => void>;
}

const hubs = new WeakMap<RedisSubscriber, Hub>();

const nothing = (): void => {};

function createHub(subscriber: RedisSubscriber): Hub {
	const channels = new Map<string, Set<Heard>>();
	subscriber.on("ready", () => {
		for (const all of channels.values())
			for (const heard of [...all]) heard(null);
	});
	if (isIoRedis(subscriber))
		subscriber.on("message", (channel, message) => {
			for (const heard of [...(channels.get(channel) ?? [])]) heard(message);
		});
	return { channels, listeners: new Map() };
}

/**
 * Messages are hints: what is lost, late, doubled or forged costs one look at the record (B54). So failures to
 * subscribe are not errors; those who wait for something poll as well.
 * @param heard called with each message, and with `null` when listening has begun (again) and some may have been missed
 * @returns stops
 */
export function listen(
	subscriber: RedisSubscriber,
	channel: string,
	heard: Heard,
): () => void {
	const hub = hubs.get(subscriber) ?? createHub(subscriber);
	hubs.set(subscriber, hub);
	const all = hub.channels.get(channel) ?? new Set();
	hub.channels.set(channel, all);
	all.add(heard);
	const begun = () => heard(null);
	if (isIoRedis(subscriber)) subscriber.subscribe(channel).then(begun, nothing);
	else {
		const listener =
			hub.listeners.get(channel) ??
			((message: string) => {
				for (const one of [...all]) one(message);
			});
		if (hub.listeners.has(channel)) queueMicrotask(begun);
		else subscriber.subscribe(channel, listener).then(begun, nothing);
		hub.listeners.set(channel, listener);
	}
	return () => {
		if (!all.delete(heard) || all.size) return;
		hub.channels.delete(channel);
		const listener = hub.listeners.get(channel);
		hub.listeners.delete(channel);
		const stopped = isIoRedis(subscriber)
			? subscriber.unsubscribe(channel)
			: listener && subscriber.unsubscribe(channel, listener);
		stopped?.catch(nothing);
	};
}
