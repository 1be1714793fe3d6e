import { describe, expect, it } from "vitest";
import { assertApiUrl, createCovers } from "./api-url.ts";
import { isAuthError } from "./auth-error.ts";

const errorOf = (url: unknown): unknown => {
	try {
		assertApiUrl(url, "baseUrl");
		return null;
	} catch (error) {
		return error;
	}
};

describe("assertApiUrl", () => {
	it.each([
		"https://api.example.com",
		"https://api.example.com/",
		"https://api.example.com:8443/v2/main",
		"https://xn--e1afmkfd.example",
		"https://192.0.2.7",
		"https://[2001:db8::1]:8443",
		"https://4431.example",
		"https://4server",
		"https://0x.example",
		"https://api.example.com.",
		"https://api.example.com:4430",
		"http://localhost",
		"http://localhost:3000/api",
		"http://127.0.0.1:801",
		"http://127.8.9.10",
		"http://[::1]:4010",
	])("takes %s, which URL parsers leave as it is", (url) => {
		expect(errorOf(url)).toBe(null);
		expect(new URL(url).href.replace(/\/$/, "")).toBe(url.replace(/\/$/, ""));
	});

	it.each([
		undefined,
		null,
		5,
		new URL("https://api.example.com"),
		"",
		"api.example.com",
		"/api",
		"//api.example.com",
		"ftp://api.example.com",
		"http://api.example.com",
		"http://localhost.example.com",
		"http://127.0.0.1.example.com",
		"http://0.0.0.0",
		"http://[::2]",
		"HTTPS://api.example.com",
		"https://API.example.com",
		"https://api.example.com:443",
		"http://localhost:80",
		"https://api.example.com:08443",
		"https://user@api.example.com",
		"https://user:pass@api.example.com",
		"https://api.example.com@evil.example",
		"https://api.example.com\\evil",
		"https://api.example.com\n",
		" https://api.example.com",
		"https://bücher.example",
		"https://api.example.com?x",
		"https://api.example.com#x",
		"https://api.example.com/v1#x",
		"https://api.example.com/v1/../v2",
		"https://api.example.com/./v1",
		"https://api.example.com/v1/%2e%2E",
		"https://api.example.com/v 1",
		"https://",
		"https:///x",
		"https://127.1",
		"https://2130706433",
		"https://127.0.0.01",
		"https://0x7f000001",
		"https://example.0x7f",
		"https://example.1",
		"http://127.1",
		"http://127.0.0.01",
	])("B106 refuses %s and names the option", (url) => {
		const error = errorOf(url);
		expect(isAuthError(error) && error).toMatchObject({
			code: "invalid-option",
			detail: "baseUrl",
		});
	});
});

describe("createCovers", () => {
	it.each([
		["https://api.example.com", true],
		["https://api.example.com/", true],
		["https://api.example.com/a/../b?c#d", true],
		["https://api.example.com?x=1", true],
		["https://api.example.com#x", true],
		["https://api.example.com.evil.example/", false],
		["https://api.example.com@evil.example/", false],
		["https://api.example.com:8443/", false],
		["https://api.example.comevil/", false],
		["http://api.example.com/", false],
		["https://evil.example/https://api.example.com/", false],
		["/api.example.com", false],
		["blob:https://api.example.com/x", false],
		["data:text/plain,https://api.example.com/", false],
		["", false],
	])("B106 of an origin: %s is %s", (url, expected) => {
		expect(createCovers("https://api.example.com")(url)).toBe(expected);
	});

	it.each([
		["https://api.example.com/v1", true],
		["https://api.example.com/v1/", true],
		["https://api.example.com/v1?x=/../y", true],
		["https://api.example.com/v1#/../y", true],
		["https://api.example.com/v1/a.b/..c/.d/e..", true],
		["https://api.example.com/v1/a%2Fb", true],
		["https://api.example.com/v10", false],
		["https://api.example.com/", false],
		["https://api.example.com/v1/..", false],
		["https://api.example.com/v1/../admin", false],
		["https://api.example.com/v1/./../admin", false],
		["https://api.example.com/v1/%2e%2e/admin", false],
		["https://api.example.com/v1/.%2E/admin", false],
		["https://api.example.com/v1/..%2fadmin", false],
		["https://api.example.com/v1/..;/admin", false],
		["https://api.example.com/v1/%2e.;x=1/admin", false],
		["https://api.example.com/v1/..a;/admin", true],
		["https://api.example.com/v1/a%2f..%5Cadmin", false],
		["https://api.example.com/v1/a%5c..%2Fadmin", false],
		["https://api.example.com/v1/..?x", false],
		["https://api.example.com/v1/..#x", false],
		["https://api.example.com/v1\\..\\admin", false],
		["https://api.example.com/v1/.\t./admin", false],
		["https://api.example.com/v1/.\n.", false],
		["https://api.example.com/v1/ü", false],
	])("B106 of a path prefix: %s is %s", (url, expected) => {
		expect(createCovers("https://api.example.com/v1")(url)).toBe(expected);
	});
});
