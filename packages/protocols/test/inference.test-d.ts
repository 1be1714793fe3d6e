import {
	type Auth,
	createAuth,
	type Platform,
	type Protocol,
} from "@keyturn/core";
import { describe, expectTypeOf, it } from "vitest";
import { type KazunionCredentials, kazunion } from "../src/kazunion.ts";
import { type OAuth2Credentials, oauth2 } from "../src/oauth2.ts";
import { type OzCredentials, type OzUser, oz } from "../src/oz.ts";

declare const platform: Platform;
const baseUrl = "https://api.example.com";
const common = { baseUrl, tokenUrl: "/token", clientId: "app" } as const;

describe("the protocols", () => {
	it("give createAuth its credentials and its user", () => {
		const auth = createAuth({ protocol: oz({ baseUrl }), platform });
		expectTypeOf(auth).toEqualTypeOf<Auth<OzCredentials, OzUser>>();
		expectTypeOf(auth.signIn).parameter(0).toEqualTypeOf<{
			readonly email: string;
			readonly password: string;
		}>();
		expectTypeOf(auth.state.user).toEqualTypeOf<OzUser | null>();
		expectTypeOf<OzUser["first_name"]>().toEqualTypeOf<string | null>();
		expectTypeOf<OzUser["can_start_analyse_quality"]>().toEqualTypeOf<
			boolean | null
		>();
		// @ts-expect-error Kazunion's credentials
		void auth.signIn({ login: "a", password: "p" });
	});

	it("of Kazunion know no user", () => {
		expectTypeOf(
			kazunion({ baseUrl, timezoneOffsetMinutes: () => 240 }),
		).toEqualTypeOf<Protocol<KazunionCredentials, null>>();
	});

	it("of OAuth 2.0 take what the grant needs", () => {
		const password = oauth2({ ...common, grant: "password" });
		expectTypeOf(password).toEqualTypeOf<Protocol<OAuth2Credentials, null>>();
		const client = oauth2({
			...common,
			grant: "client_credentials",
			clientSecret: "s",
			readUser: () => ({ id: 5 }),
		});
		expectTypeOf(client).toEqualTypeOf<Protocol<void, { id: number }>>();
		void createAuth({ protocol: client, platform }).signIn();
	});

	it("refuse wrong and missing options", () => {
		// @ts-expect-error baseUrl is missing
		oz({});
		// @ts-expect-error not a string
		oz({ baseUrl: new URL(baseUrl) });
		// @ts-expect-error no such option
		oz({ baseUrl, timezoneOffsetMinutes: 240 });
		// @ts-expect-error the time zone is missing
		kazunion({ baseUrl });
		// @ts-expect-error minutes are a number
		kazunion({ baseUrl, timezoneOffsetMinutes: "240" });
		// @ts-expect-error no such grant
		oauth2({ ...common, grant: "implicit" });
		// @ts-expect-error a client that asks for itself has a secret
		oauth2({ ...common, grant: "client_credentials" });
		// @ts-expect-error no such way
		oauth2({ ...common, grant: "password", clientAuthentication: "header" });
	});
});
