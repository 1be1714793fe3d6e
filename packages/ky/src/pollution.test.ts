import { withAuth } from "@keyturn/ky";
import ky from "ky";
import { afterEach, expect, test } from "vitest";
import { type Api, startApi, tokenHeader } from "../../fetch/test/api.ts";
import { polluted, stolen, witness } from "../../fetch/test/pollution.ts";

afterEach(() => expect(stolen.splice(0)).toEqual([]));

/** ky itself reads these from `Object.prototype`, with and without the adapter: as options, and for `new Request`. */
const readByKy = [
	"fetch",
	"method",
	"headers",
	"body",
	"signal",
	"mode",
	"integrity",
	"referrer",
	"window",
	"duplex",
	"redirect",
	"referrerPolicy",
	"credentials",
	"cache",
	"keepalive",
	"dispatcher",
];

async function sent(api: Api, isPolluted: boolean) {
	const { seen, fetch } = witness([
		() => new Response("busy", { status: 503 }),
		() => new Response("no", { status: 401 }),
	]);
	const renewed = { ...(await api.auth.authorize(api.origin)) } as never;
	const auth = Object.create(api.auth, {
		renew: { value: async () => renewed },
	}) as Api["auth"];
	const send = async () => {
		const client = ky
			.create({ fetch, retry: { delay: () => 0 } })
			.extend(withAuth(auth));
		return (await client.put(`${api.origin}/a`, { body: "x" })).status;
	};
	expect(await (isPolluted ? polluted(send, readByKy) : send())).toBe(200);
	return seen;
}

test("D9 a polluted Object.prototype changes no request, no retry and no replay", async () => {
	await using api = await startApi();
	const expected = await sent(api, false);
	expect(
		expected.map(({ headers }) =>
			new Map(headers as [string, string][]).get(tokenHeader),
		),
	).toEqual(Array(3).fill(api.good));
	expect(await sent(api, true)).toEqual(expected);
});

test("D9 a polluted Object.prototype changes no request: the transport is ky's or the global one", async () => {
	await using api = await startApi();
	const { seen, fetch } = witness([]);
	const native = globalThis.fetch;
	globalThis.fetch = fetch as typeof native;
	try {
		await polluted(async () => {
			const extension = withAuth(api.auth, {});
			await extension.fetch(`${api.origin}/a`);
			await extension({}).fetch(`${api.origin}/a`);
		});
	} finally {
		globalThis.fetch = native;
	}
	expect(seen.map(({ headers }) => headers)).toEqual(
		Array(2).fill([[tokenHeader, api.good]]),
	);
});
