import type { Auth, Grant, ResponseFacts } from "@keyturn/core";
import type { ApiReply, ApiRequest } from "./api-message.ts";
import type { CallResult } from "./simulator.ts";

export interface CallOptions {
	/** Default `GET`. */
	readonly method?: string;
	/** Names in lower case. */
	readonly headers?: Readonly<Record<string, string>>;
	readonly body?: string;
}

function isRejected(auth: Pick<Auth, "protocol">, reply: ApiReply): boolean {
	const facts: ResponseFacts = {
		status: reply.status,
		header: (name) => reply.headers[name.toLowerCase()] ?? null,
	};
	const verdict = auth.protocol.judge(facts);
	return (
		(verdict === "needs-body"
			? auth.protocol.judge({ ...facts, body: reply.body })
			: verdict) === true
	);
}

/** What an adapter does with one request, without an adapter: grant, send, and once more after a rejection. */
export async function callApi(
	auth: Pick<Auth, "authorize" | "renew" | "confirm" | "protocol">,
	exchange: (request: ApiRequest) => Promise<ApiReply>,
	url: string,
	{ method = "GET", headers = {}, body = "" }: CallOptions = {},
): Promise<CallResult> {
	const send = (grant: Grant | null) =>
		exchange({
			method,
			url,
			body,
			headers: {
				...headers,
				...Object.fromEntries(
					(grant?.headers ?? []).map(([name, value]) => [
						name.toLowerCase(),
						value,
					]),
				),
			},
		});
	const grant = await auth.authorize(url);
	const reply = await send(grant);
	const generations = [grant?.generation ?? 0];
	if (!grant) return { reply, generations };
	if (!isRejected(auth, reply)) {
		if (reply.status < 400) auth.confirm(grant);
		return { reply, generations };
	}
	const newer = await auth.renew(grant);
	if (!newer) return { reply, generations };
	const second = await send(newer);
	if (second.status < 400) auth.confirm(newer);
	return { reply: second, generations: [...generations, newer.generation] };
}
