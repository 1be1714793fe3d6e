import { createAuthFetch, webPlatform } from "@keyturn/fetch";
import { afterEach, describe, expect, test } from "vitest";
import { type Api, startApi, tokenHeader } from "../test/api.ts";
import { polluted, stolen, witness } from "../test/pollution.ts";

afterEach(() => expect(stolen.splice(0)).toEqual([]));

const refused = () => new Response("no", { status: 401 });
const moved = () =>
	new Response(null, { status: 307, headers: { location: "/b" } });

class Init {
	get method() {
		return "PUT";
	}
	body = "of a class";
}

const requests: Readonly<
	Record<
		string,
		(url: string) => Parameters<ReturnType<typeof createAuthFetch>>
	>
> = {
	"a string": (url) => [url],
	"a URL": (url) => [new URL(url)],
	"an object with a string": (url) => [{ toString: () => url } as URL],
	"a Request": (url) => [new Request(url, { headers: { a: "b" } })],
	"a Request with a body": (url) => [
		new Request(url, { method: "POST", body: "x" }),
	],
	headers: (url) => [url, { headers: { a: "b" } }],
	text: (url) => [url, { method: "POST", body: "text" }],
	bytes: (url) => [url, { method: "POST", body: new Uint8Array([1, 2, 3]) }],
	"a buffer": (url) => [
		url,
		{ method: "POST", body: new Uint8Array([1, 2, 3]).buffer },
	],
	"a Blob": (url) => [
		url,
		{ method: "POST", body: new Blob(["blob"], { type: "a/b" }) },
	],
	"a form": (url) => [
		url,
		{ method: "POST", body: new URLSearchParams({ a: "b" }) },
	],
	"an init of a class": (url) => [url, new Init()],
};

/** What is sent for a request whose token is refused, which is moved, and which then succeeds. */
async function sent(
	api: Api,
	args: (url: string) => Parameters<ReturnType<typeof createAuthFetch>>,
	isPolluted: boolean,
) {
	const { seen, fetch } = witness([refused, moved]);
	// made before: what these constructors read is not ours to say
	const given = args(`${api.origin}/a`);
	const renewed = { ...(await api.auth.authorize(api.origin)) } as never;
	const auth = Object.create(api.auth, {
		renew: { value: async () => renewed },
	}) as Api["auth"];
	const send = async () =>
		(await createAuthFetch(auth, { fetch })(...given)).status;
	expect(await (isPolluted ? polluted(send) : send())).toBe(200);
	return seen;
}

describe("D9 a polluted Object.prototype changes no request", () => {
	test.each(Object.entries(requests))(
		"of %s, nor its replay, nor a redirect",
		async (_, args) => {
			await using api = await startApi();
			const expected = await sent(api, args, false);
			expect(
				expected.map(({ headers }) =>
					new Map(headers as [string, string][]).get(tokenHeader),
				),
			).toEqual(Array(3).fill(api.good));
			expect(await sent(api, args, true)).toEqual(expected);
		},
	);

	test("and sends none elsewhere: options are the caller's own", async () => {
		await using api = await startApi();
		const { seen, fetch } = witness([]);
		const native = globalThis.fetch;
		globalThis.fetch = fetch as typeof native;
		try {
			await polluted(async () => {
				await createAuthFetch(api.auth)(`${api.origin}/a`);
				await createAuthFetch(api.auth, {})(`${api.origin}/a`, {});
				await webPlatform({}).send({
					method: "POST",
					url: api.origin,
					headers: [],
					body: "x",
				});
			});
		} finally {
			globalThis.fetch = native;
		}
		expect(seen).toHaveLength(3);
		expect(seen[0]?.headers).toEqual([[tokenHeader, api.good]]);
		expect(seen[1]?.headers).toEqual([[tokenHeader, api.good]]);
		expect(seen[2]).toMatchObject({
			method: "POST",
			others: { cache: "no-store", redirect: "manual", duplex: undefined },
		});
	});

	test("nor what a failed token request is taken for", async () => {
		const lost = new TypeError("terminated");
		const platform = webPlatform({ fetch: () => Promise.reject(lost) });
		const request = {
			method: "POST",
			url: "https://a",
			headers: [],
			body: null,
		};
		const error = await polluted(() =>
			platform.send(request).catch((reason: unknown) => reason),
		);
		expect(error).toBe(lost);
	});

	test("nor where a relative address leads", async () => {
		await using api = await startApi();
		const { seen, fetch } = witness([]);
		const asked: string[] = [];
		const authorize = (url: string) => {
			asked.push(url);
			return null;
		};
		const auth = Object.create(api.auth, {
			authorize: { value: authorize },
		}) as Api["auth"];
		await polluted(() => createAuthFetch(auth, { fetch })("/a"));
		expect(seen).toMatchObject([{ input: "/a", headers: [] }]);
		expect(asked).toEqual([""]);
	});
});
