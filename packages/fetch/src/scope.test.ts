/** Whatever is asked for, a token reaches the API's origin and no other (B106). */
import { defineProtocol, Secret } from "@keyturn/core";
import { type AdapterAuth, createAuthFetch } from "@keyturn/fetch";
import fc from "fast-check";
import { expect, test } from "vitest";

const origin = "https://api.example.com";
const token = "kt-canary-scope";

function adapter(baseUrl: string) {
	const protocol = defineProtocol({
		name: "scope",
		baseUrl,
		signIn: { path: "/token" },
		read: () => null,
		authorize: ({ access }) => [["x-token", access]],
	});
	const auth = {
		protocol,
		authorize: (url: string) =>
			protocol.covers(url)
				? {
						epoch: 1,
						generation: 1,
						atMs: 0,
						headers: protocol.authorize({
							access: new Secret(token),
							refresh: null,
						}),
					}
				: null,
		confirm() {},
		renew: async () => null,
	} as unknown as AdapterAuth;
	Object.assign(auth, { state: { status: "unauthenticated" } });
	const sent: { input: string | URL | Request; hasToken: boolean }[] = [];
	const authFetch = createAuthFetch(auth, {
		async fetch(input, init) {
			// what a native fetch would ask for, and carry
			const request = new Request(input, init);
			sent.push({
				input: request.url,
				hasToken: [...request.headers.values()].includes(token),
			});
			return new Response();
		},
	});
	return { authFetch, sent };
}

const hostile = [
	"https://api.example.com.evil.io/",
	"https://api.example.comevil.io/",
	"https://api.example.com@evil.io/",
	"https://api.example.com:443@evil.io/",
	"https://api.example.com%40evil.io/",
	"https://evil.io/https://api.example.com/",
	"https://evil.io\\@api.example.com/",
	"https://evil.io#@api.example.com/",
	"https://evil.io?@api.example.com/",
	"https://api.example.com:444/",
	"https://api.example.com:4430/",
	"https://api.example.com:80/",
	"http://api.example.com/",
	"http://api.example.com:443/",
	"//evil.io/",
	"\\\\evil.io\\",
	"https:\\\\evil.io\\",
	"https:/\\evil.io",
	"https:evil.io",
	"ws://api.example.com/",
	"wss://api.example.com/",
	"ftp://api.example.com/",
	"blob:https://api.example.com/1",
	"https://xn--pi-7ba.example.com/",
	"https://аpi.example.com/",
	"https://api.example.com./",
	"https://api.example。com.evil.io/",
	"https://api。example.com.evil.io",
	"https://api.example.com\t.evil.io/",
	"https://api.example.com\n.evil.io/",
	"https://api.example.com\u00ad.evil.io/",
	"https://user@evil.io/",
	"https://api.example.com\\.evil.io/",
	"https://[::ffff:127.0.0.1]/",
];

test("hostile spellings get no token, or are the API in disguise", async () => {
	const { authFetch, sent } = adapter(origin);
	for (const url of hostile) {
		const before = sent.length;
		await authFetch(url).catch(() => {});
		const parsed = URL.canParse(url) ? new URL(url) : undefined;
		const [request] = sent.slice(before);
		if (request?.hasToken) expect([url, parsed?.origin]).toEqual([url, origin]);
	}
	expect(
		sent.filter(({ hasToken }) => hasToken).map(({ input }) => input),
	).toEqual([
		// a backslash is a slash in these schemes, so this one does not leave
		`${origin}/.evil.io/`,
	]);
});

const pieces = fc.constantFrom(
	"https://",
	"http://",
	"https:",
	"//",
	"/",
	"\\",
	"@",
	":",
	":443",
	":444",
	"?",
	"#",
	".",
	"..",
	"%2e",
	"%2f",
	"%5c",
	"%00",
	"\t",
	"\n",
	" ",
	"api.example.com",
	"API.EXAMPLE.COM",
	"evil.io",
	".evil.io",
	"user:pass",
	"v1",
	"v1/",
	"é",
	"。",
	"\u00ad",
	"x",
);
const mutated = fc
	.tuple(
		fc.constantFrom(
			"",
			`${origin}`,
			`${origin}/`,
			`${origin}/v1`,
			`${origin}/v1/`,
		),
		fc.array(pieces, { maxLength: 6 }),
	)
	.map(([start, parts]) => start + parts.join(""));

test.each([origin, `${origin}/v1`])(
	"of any URL: the token goes with it if and only if it parses to one below %s",
	async (baseUrl) => {
		const { authFetch, sent } = adapter(baseUrl);
		await fc.assert(
			fc.asyncProperty(
				fc.oneof(
					mutated,
					fc.webUrl({ withQueryParameters: true, withFragments: true }),
				),
				async (url) => {
					sent.length = 0;
					await authFetch(url).catch(() => {});
					const [request] = sent;
					// refused by fetch itself: a bad URL, or one with a user in it
					if (!request) return;
					const { origin: actual, pathname } = new URL(url);
					const isBelow =
						actual === origin &&
						(baseUrl === origin || `${pathname}/`.startsWith("/v1/"));
					// a server may read what is encoded: then none is sent although the text lies below
					const isDoubtful = /%2e|%2f|%5c/i.test(pathname);
					expect(request.hasToken).toBe(
						isBelow && !(isDoubtful && baseUrl !== origin && !request.hasToken),
					);
				},
			),
			{ numRuns: 300 },
		);
	},
);
