import { setupServer } from "msw/node";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { createKazunionAuthority, createOzAuthority } from "../src/index.ts";
import { createHandlers } from "../src/msw.ts";

const oz = createOzAuthority();
const kazunion = createKazunionAuthority();
const server = setupServer(
	...createHandlers(oz, { baseUrl: "https://oz.test", control: true }),
	...createHandlers(kazunion, { baseUrl: "https://kz.test:8443/v1/" }),
);
beforeAll(() => server.listen({ onUnhandledFrame: "error" }));
afterEach(() => {
	oz.reset();
	kazunion.reset();
});
afterAll(() => server.close());

const signIn = () =>
	fetch("https://oz.test/api/authorize/auth/", {
		method: "POST",
		headers: { "content-type": "application/json" },
		body: '{"credentials": {"email": "user_email", "password": "user_password"}}',
	});

test("an authority answers below its base URL", async () => {
	const { access_token } = await (await signIn()).json();
	const answer = await fetch("https://oz.test/api/users/me", {
		headers: { "x-forensic-access-token": access_token },
	});
	expect(answer.status).toBe(200);
	expect(Date.parse(answer.headers.get("date") ?? "")).not.toBeNaN();
	const below = await fetch("https://kz.test:8443/v1/api/public");
	expect(below.status).toBe(200);
	expect(kazunion.counters.requests).toBe(1);
});

test.each([
	"https://other.test/api/public",
	"https://oz.test:8443/api/public",
	"http://oz.test/api/public",
	"https://kz.test:8443/api/public",
	"https://kz.test:8443/v10/api/public",
])("%s is nobody's, and never reaches a network", async (url) => {
	// msw says so on the console too
	const said = vi.spyOn(console, "error").mockImplementation(() => {});
	await expect(fetch(url)).rejects.toThrow();
	said.mockRestore();
	expect(oz.counters.requests + kazunion.counters.requests).toBe(0);
});

test("a broken connection is a network error, before and after the server acted", async () => {
	for (const type of ["reset-before", "reset-after"] as const) {
		oz.fail({ type });
		await expect(signIn()).rejects.toBeInstanceOf(TypeError);
	}
	expect(oz.counters.signIns).toBe(1);
});

test("half a body is a network error after the server acted", async () => {
	oz.fail({ type: "half-body" });
	// in Node.js the interceptor breaks the whole answer, in a browser only its body
	const reading = signIn().then((answer) => answer.text());
	await expect(reading).rejects.toBeInstanceOf(TypeError);
	expect(oz.counters.signIns).toBe(1);
});

test("a hang ends with the caller's patience", async () => {
	oz.fail({ type: "hang" });
	await expect(
		fetch("https://oz.test/api/public", { signal: AbortSignal.timeout(20) }),
	).rejects.toMatchObject({ name: "TimeoutError" });
});

test("a redirect is one for fetch too", async () => {
	oz.fail({ type: "redirect", to: "same" });
	const answer = await fetch("https://oz.test/api/public");
	expect([answer.status, answer.redirected]).toEqual([200, true]);
	oz.fail({ type: "redirect", to: "same" });
	await expect(
		fetch("https://oz.test/api/public", { redirect: "error" }),
	).rejects.toBeInstanceOf(TypeError);
});

test("the control route answers where it was asked for", async () => {
	const shown = await fetch("https://oz.test/__mock");
	expect((await shown.json()).api).toBe("oz");
	expect((await fetch("https://kz.test:8443/v1/__mock")).status).toBe(404);
});
