import { defineProtocol } from "@keyturn/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

const protocolOf = (baseUrl: string) =>
	defineProtocol({
		name: "any",
		baseUrl,
		signIn: { path: "/login" },
		read: () => null,
	});

/** Pieces that URL parsers treat specially, in any order. */
const piece = fc.constantFrom(
	"/",
	"//",
	"\\",
	".",
	"..",
	"%2e",
	"%2E.",
	"%2f",
	"%5c",
	"?",
	"#",
	"@",
	":",
	":443",
	":8443",
	"\t",
	"\n",
	"\r",
	" ",
	"\u0000",
	"v1",
	"v2",
	"a",
	"ü",
	"。",
	"．．",
	".evil.example",
	"evil.example",
);
const tail = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(""));

describe("covers", () => {
	it.each([
		"https://api.example.com",
		"https://api.example.com:8443",
		"http://[::1]:4010",
	])("B106 never takes another origin for %s", (baseUrl) => {
		const { covers } = protocolOf(baseUrl);
		fc.assert(
			fc.property(
				fc.constantFrom("", " ", "\t", "x"),
				fc.constantFrom(
					baseUrl,
					baseUrl.slice(0, -1),
					baseUrl.toUpperCase(),
					"https://evil.example/",
				),
				tail,
				(head, start, end) => {
					const url = head + start + end;
					if (covers(url)) expect(new URL(url).origin).toBe(baseUrl);
				},
			),
			{ numRuns: 2_000 },
		);
	});

	it("B106 D2 never leaves a path prefix", () => {
		const { covers } = protocolOf("https://api.example.com/v1/app");
		let covered = 0;
		fc.assert(
			fc.property(tail, (end) => {
				const url = `https://api.example.com/v1/app${end}`;
				if (!covers(url)) return;
				covered++;
				const { pathname } = new URL(url);
				expect(pathname).toMatch(/^\/v1\/app(?:\/|$)/);
				// nor for a server that decodes before it resolves
				const decoded = new URL(
					decodeURIComponent(pathname.replace(/%(?!2e|2f|5c)/gi, "%25")),
					"https://api.example.com",
				);
				expect(decoded.pathname).toMatch(/^\/v1\/app(?:\/|$)/);
			}),
			{ numRuns: 2_000 },
		);
		expect(covered).toBeGreaterThan(100);
	});

	it("B106 D2 covers what URL parsers make of any path under the base", () => {
		const { covers } = protocolOf("https://api.example.com/v1");
		fc.assert(
			fc.property(fc.webPath(), fc.webQueryParameters(), (path, query) => {
				const { href, pathname } = new URL(
					`https://api.example.com/v1${path}?${query}`,
				);
				// dots behind encoded slashes are refused on purpose
				if (pathname.startsWith("/v1/") && !/%2f|%5c|%2e/i.test(pathname))
					expect(covers(href)).toBe(true);
			}),
			{ numRuns: 200 },
		);
	});

	it("takes a base URL only as URL parsers write it", () => {
		fc.assert(
			fc.property(
				fc.constantFrom(
					"https://",
					"http://",
					"HTTPS://",
					"https:/",
					"https:\\\\",
				),
				fc.array(
					fc.constantFrom(
						"a",
						"A",
						"api.example.com",
						"localhost",
						"127.0.0.1",
						"[::1]",
						":443",
						":80",
						":8443",
						":0",
						"@",
						"/",
						"\\",
						".",
						"..",
						"%2e",
						"ü",
						" ",
						"?",
						"#",
					),
					{ maxLength: 5 },
				),
				(scheme, parts) => {
					const baseUrl = scheme + parts.join("");
					let protocol: ReturnType<typeof protocolOf>;
					try {
						protocol = protocolOf(baseUrl);
					} catch {
						return;
					}
					const url = new URL(`${baseUrl.replace(/\/$/, "")}/x`);
					expect(
						url.protocol === "https:" ||
							/^(localhost|127\..*|\[::1\])$/.test(url.hostname),
					).toBe(true);
					expect(protocol.covers(`${url.origin}.evil.example/x`)).toBe(false);
					expect(url.href.startsWith(baseUrl.replace(/\/$/, ""))).toBe(true);
				},
			),
			{ numRuns: 2_000 },
		);
	});
});
