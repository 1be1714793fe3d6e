import { AuthError, type Platform } from "@keyturn/core";

/** The least platform that sends over a real network; `@keyturn/fetch` has the one for applications. */
export const realPlatform: Platform = {
	nowMs: Date.now,
	monotonicMs: () => performance.now(),
	random: Math.random,
	schedule(delayMs, callback, { isBackground }) {
		const timer = setTimeout(callback, delayMs);
		if (isBackground) timer.unref();
		return () => clearTimeout(timer);
	},
	async send({ method, url, headers, body }) {
		const answer = await fetch(url, {
			method,
			headers: headers.map(([name, value]): [string, string] => [name, value]),
			body,
			redirect: "manual",
		});
		if (answer.status >= 300 && answer.status < 400)
			throw new AuthError("bad-response");
		return {
			status: answer.status,
			headers: Object.fromEntries(answer.headers),
			body: await answer.text(),
		};
	},
};
