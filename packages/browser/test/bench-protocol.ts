import type { HttpResponse, Protocol, RefreshExchange } from "@keyturn/core";
import { CANARY } from "@keyturn/tooling/canary";

let count = 0;

interface Bench extends Protocol<string, string> {
	readonly refresh: RefreshExchange<string>;
	/** Appended to the next access token. */
	nextToken: string;
}

const answer = (user?: string) => ({
	type: "ok" as const,
	access: `${CANARY}bench-access-${++count}${bench.nextToken}`,
	refresh: `${CANARY}bench-refresh-${count}`,
	lifetimeMs: 3_600_000,
	...(user === undefined ? {} : { user }),
});

/** An API inside this page: whoever signs in is who they say, and every refresh succeeds. */
export const bench: Bench = {
	nextToken: "",
	name: "bench",
	signIn: {
		request: (user) => ({
			method: "GET",
			url: `data:,${user}`,
			headers: [],
			body: null,
		}),
		judge: ({ body }: HttpResponse) => answer(body),
	},
	refresh: {
		request: () => ({
			method: "GET",
			url: "data:,",
			headers: [],
			body: null,
		}),
		judge: () => answer(),
	},
	covers: () => false,
	authorize: ({ access }) => [["authorization", `Bearer ${access.reveal()}`]],
	judge: () => false,
};
