import { describe, expectTypeOf, it } from "vitest";
import { defineProtocol } from "./define-protocol.ts";
import type { Header } from "./ports.ts";
import type { Protocol } from "./protocol.ts";

const read = () => null;

describe("defineProtocol", () => {
	it("infers the credentials from the body and the user from what is read", () => {
		const protocol = defineProtocol({
			name: "shop",
			baseUrl: "https://api.shop.example",
			signIn: {
				path: "/login",
				body: (credentials: { email: string; pin: number }) => credentials,
			},
			read: ({ token }) =>
				typeof token === "string"
					? {
							type: "ok",
							access: token,
							lifetimeMs: null,
							user: { id: 5, name: "Ann" },
						}
					: null,
		});
		expectTypeOf(protocol).toEqualTypeOf<
			Protocol<{ email: string; pin: number }, { id: number; name: string }>
		>();
	});

	it("takes no credentials and knows no user where none are described", () => {
		const protocol = defineProtocol({
			name: "shop",
			baseUrl: "https://api.shop.example",
			signIn: { path: "/login" },
			read,
		});
		expectTypeOf(protocol).toEqualTypeOf<Protocol<void, null>>();
	});

	it("types what the description's functions get", () => {
		defineProtocol({
			name: "shop",
			baseUrl: "https://api.shop.example",
			signIn: { path: "/login" },
			refresh: {
				path: "/renew",
				rejectedStatuses: [401],
				body: ({ access, refresh }) => {
					expectTypeOf(access).toEqualTypeOf<string>();
					expectTypeOf(refresh).toEqualTypeOf<string | null>();
				},
			},
			authorize: ({ access }) => {
				expectTypeOf(access).toEqualTypeOf<string>();
				return [["x-token", access]];
			},
			read(body, { call, status, nowMs, headers }) {
				expectTypeOf(body.anything).toEqualTypeOf<unknown>();
				expectTypeOf(call).toEqualTypeOf<"signIn" | "refresh">();
				expectTypeOf(status).toEqualTypeOf<number>();
				expectTypeOf(nowMs).toEqualTypeOf<number>();
				expectTypeOf(headers).toEqualTypeOf<Readonly<Record<string, string>>>();
				return null;
			},
		});
	});

	it("refuses wrong and missing options", () => {
		const rest = {
			name: "shop",
			baseUrl: "https://api.shop.example",
			signIn: { path: "/login" },
			read,
		} as const;
		// @ts-expect-error signIn, baseUrl and read are missing
		defineProtocol({ name: "shop" });
		// @ts-expect-error no such option
		defineProtocol({ ...rest, baseURL: "https://api.shop.example" });
		// @ts-expect-error which statuses end a session has no default
		defineProtocol({ ...rest, refresh: { path: "/renew" } });
		// @ts-expect-error headers are pairs
		defineProtocol({ ...rest, authorize: () => ({ "x-token": "a" }) });
		// @ts-expect-error not an answer
		defineProtocol({ ...rest, read: () => ({ type: "fine" }) });
		defineProtocol({
			...rest,
			// @ts-expect-error a lifetime is a number of milliseconds or null
			read: () => ({ type: "ok", access: "a", lifetimeMs: "5" }),
		});
		// @ts-expect-error a judge answers, it does not promise
		defineProtocol({ ...rest, judge: async () => true });
		expectTypeOf<Header>().toEqualTypeOf<
			readonly [name: string, value: string]
		>();
	});
});
