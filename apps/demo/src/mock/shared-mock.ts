/**
 * One mock for all tabs, where there is no server that could have it: the tab that holds a lock answers for the others.
 * When it is closed, the next takes over with servers that know nobody, as after a crash.
 */
import { createMockApis, type MockApis } from "./mock-apis.ts";
import {
	type PlainReply,
	type PlainRequest,
	plainOf,
	replyOf,
	requestOf,
	responseOf,
} from "./plain-message.ts";

type Message =
	| {
			readonly type: "ask";
			readonly id: string;
			readonly request: PlainRequest;
	  }
	/** `reply: null`: the connection is broken. */
	| {
			readonly type: "reply";
			readonly id: string;
			readonly reply: PlainReply | null;
	  }
	/** A tab has taken over: what is waiting is asked again. */
	| { readonly type: "begun" };

interface Waiting {
	readonly request: PlainRequest;
	readonly settle: (reply: PlainReply | null) => void;
}

/** @param base the URL that `mock/` lies under */
export function shareMock(
	base: string,
): (request: Request) => Promise<Response> {
	const channel = new BroadcastChannel("keyturn-mock");
	const waiting = new Map<string, Waiting>();
	let apis: MockApis | undefined;

	const post = (message: Message): void => channel.postMessage(message);

	const act = async (request: PlainRequest): Promise<PlainReply | null> => {
		try {
			const response = await apis?.answer(requestOf(request), base);
			return response ? await replyOf(response) : null;
		} catch {
			return null;
		}
	};

	channel.onmessage = async ({ data }: MessageEvent<Message>) => {
		if (data.type === "reply") {
			waiting.get(data.id)?.settle(data.reply);
			waiting.delete(data.id);
		} else if (data.type === "begun")
			for (const [id, { request }] of waiting)
				post({ type: "ask", id, request });
		else if (apis)
			post({ type: "reply", id: data.id, reply: await act(data.request) });
	};

	void navigator.locks.request("keyturn-mock", async () => {
		apis = createMockApis();
		post({ type: "begun" });
		for (const { request, settle } of waiting.values())
			settle(await act(request));
		waiting.clear();
		// until the tab is closed
		await new Promise(() => {});
	});

	return async (request) => {
		const plain = await plainOf(request);
		const reply = apis
			? await act(plain)
			: await new Promise<PlainReply | null>((settle) => {
					const id = crypto.randomUUID();
					waiting.set(id, { request: plain, settle });
					post({ type: "ask", id, request: plain });
				});
		if (!reply) throw new TypeError("connection lost");
		return responseOf(reply);
	};
}
