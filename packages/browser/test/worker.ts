/** A worker that shares the session of its page: the key is the worker's name. */
import { createAuth } from "@keyturn/core";
import { webPlatform } from "@keyturn/fetch";
import { browserAuth } from "../src/index.ts";
import { bench } from "./bench-protocol.ts";

export interface WorkerReply {
	readonly generation: number;
	/** How many refreshes this worker has made. */
	readonly refreshes: number;
}

let refreshes = 0;
const { refresh } = bench;
const auth = createAuth({
	protocol: {
		...bench,
		refresh: {
			request: refresh.request,
			judge(...answer) {
				refreshes++;
				return refresh.judge(...answer);
			},
		},
	},
	platform: webPlatform(),
	...browserAuth(self.name),
});
const reply = () =>
	postMessage({
		generation: auth.state.generation,
		refreshes,
	} satisfies WorkerReply);

addEventListener("message", () => {
	void auth.refresh().then(reply);
});
void auth.ready.then(reply);
