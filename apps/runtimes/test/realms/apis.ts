/** Each API with the account that its mock knows. */
import { kazunion } from "@keyturn/protocols/kazunion";
import { oauth2 } from "@keyturn/protocols/oauth2";
import { oz } from "@keyturn/protocols/oz";

export type Make = (baseUrl: string) => {
	readonly protocol: unknown;
	readonly credentials: unknown;
	readonly wrong: unknown;
};

export const apis: Readonly<Record<string, Make>> = {
	oz: (baseUrl) => ({
		protocol: oz({ baseUrl }),
		credentials: { email: "user_email", password: "user_password" },
		wrong: { email: "user_email", password: "wrong" },
	}),
	kazunion: (baseUrl) => ({
		protocol: kazunion({ baseUrl, timezoneOffsetMinutes: 240 }),
		credentials: { login: "string", password: "string" },
		wrong: { login: "string", password: "wrong" },
	}),
	oauth2: (baseUrl) => ({
		protocol: oauth2({
			baseUrl,
			tokenUrl: "/oauth/token",
			revocationUrl: "/oauth/revoke",
			grant: "password",
			clientId: "public",
		}),
		credentials: { username: "user", password: "password" },
		wrong: { username: "user", password: "wrong" },
	}),
};
