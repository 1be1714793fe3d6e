/** The whole content of every message: "read again", and the version of that agreement. Others are ignored (B54). */
const message = "changed/1";

/** How the tabs of one session tell each other to read the store again. Carries nothing else. */
export interface Hints {
	/** Tells everybody else who shares the store. Never throws. */
	tell(): void;
	/** @returns stops listening, and leaves nothing open */
	listen(listener: () => void): () => void;
}

/** @param name of the channel, and what the storage keys start with whose changes are hints too */
export function createHints(name: string): Hints {
	return {
		tell() {
			try {
				// of its own: a channel that listens does not hear itself, and this page may have two sessions
				const channel = new BroadcastChannel(name);
				channel.postMessage(message);
				channel.close();
			} catch {
				// no such channel here (B53): a change in this storage is an event in every other tab
				try {
					localStorage.setItem(`${name}:hint`, `${Math.random()}`);
				} catch {}
			}
		},
		listen(listener) {
			const gone = new AbortController();
			try {
				// first: Node.js has channels and no such function, and an open channel would keep its process alive (B117)
				addEventListener(
					"storage",
					({ key }) => {
						// null: everything was cleared (B77)
						if (key?.startsWith(name) ?? true) listener();
					},
					gone,
				);
				const channel = new BroadcastChannel(name);
				channel.onmessage = ({ data }) => {
					if (data === message) listener();
				};
				gone.signal.onabort = () => channel.close();
			} catch {}
			return () => gone.abort();
		},
	};
}
