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

interface Channel {
	readonly all: Set<Heard>;
	/** node-redis takes it back by identity. */
	readonly listener: (message: string) => void;
	/** Subscribed to, or about to be. */
	isOn: boolean;
}

/** One listener a connection and channel, however many sessions use it: clients warn of more than ten. */
type Hub = Map<string, Channel>;

const hubs = new WeakMap<RedisSubscriber, Hub>();

const nothing = (): void => {};

const tell = (all: Iterable<Heard>, message: string | null): void => {
	for (const heard of [...all]) heard(message);
};

/** @param waiting those who have not heard anything yet */
function begin(
	subscriber: RedisSubscriber,
	name: string,
	channel: Channel,
	waiting: Iterable<Heard>,
): void {
	channel.isOn = true;
	const begun = isIoRedis(subscriber)
		? subscriber.subscribe(name)
		: subscriber.subscribe(name, channel.listener);
	begun.then(
		() => tell(waiting, null),
		() => {
			// not connected, and the client keeps no queue: tried again when it is
			channel.isOn = false;
		},
	);
}

function createHub(subscriber: RedisSubscriber): Hub {
	const hub: Hub = new Map();
	subscriber.on("ready", () => {
		for (const [name, channel] of hub)
			if (channel.isOn) tell(channel.all, null);
			else begin(subscriber, name, channel, channel.all);
	});
	if (isIoRedis(subscriber))
		subscriber.on("message", (name, message) =>
			hub.get(name)?.listener(message),
		);
	return hub;
}

/**
 * Messages are hints: what is lost, late, doubled or forged costs one look at the record (B54). So failures to
 * subscribe are not errors; those who wait for something poll as well.
 * @param heard called with each message, and with `null` when listening has begun (again) and some may have been missed
 * @returns stops
 */
export function listen(
	subscriber: RedisSubscriber,
	name: string,
	heard: Heard,
): () => void {
	const hub = hubs.get(subscriber) ?? createHub(subscriber);
	hubs.set(subscriber, hub);
	let channel = hub.get(name);
	if (!channel) {
		const all = new Set<Heard>();
		channel = { all, listener: (message) => tell(all, message), isOn: false };
		hub.set(name, channel);
	}
	const { all, listener } = channel;
	all.add(heard);
	if (channel.isOn) queueMicrotask(() => heard(null));
	else begin(subscriber, name, channel, [heard]);
	return () => {
		if (!all.delete(heard) || all.size) return;
		hub.delete(name);
		const stopped = isIoRedis(subscriber)
			? subscriber.unsubscribe(name)
			: subscriber.unsubscribe(name, listener);
		stopped.catch(nothing);
	};
}
