/** The lines that a user would write for what is chosen. */
import type { Settings } from "./session.ts";

const protocols = {
	oz: {
		import: `import { oz } from "@keyturn/protocols/oz";`,
		create: `oz({ baseUrl: "https://oz.example.com" })`,
		credentials: `{ email: "user_email", password: "user_password" }`,
		url: "https://oz.example.com/api/folders",
		path: "api/folders",
		host: "https://oz.example.com",
	},
	kazunion: {
		import: `import { kazunion } from "@keyturn/protocols/kazunion";`,
		create: `kazunion({
		baseUrl: "https://integration.example.com",
		timezoneOffsetMinutes: 240,
	})`,
		credentials: `{ login: "string", password: "string" }`,
		url: "https://integration.example.com/api/sections",
		path: "api/sections",
		host: "https://integration.example.com",
	},
	oauth2: {
		import: `import { oauth2 } from "@keyturn/protocols/oauth2";`,
		create: `oauth2({
		grant: "password",
		baseUrl: "https://api.example.com",
		tokenUrl: "/oauth/token",
		revocationUrl: "/oauth/revoke",
		clientId: "public",
	})`,
		credentials: `{ username: "user", password: "password" }`,
		url: "https://api.example.com/things",
		path: "things",
		host: "https://api.example.com",
	},
} as const;

export function codeSample({ api, adapter, keeping }: Settings): string {
	const protocol = protocols[api];
	const isShared = keeping === "tabs";
	const isKy = adapter === "ky";
	return `${isShared ? `import { browserAuth } from "@keyturn/browser";\n` : ""}import { createAuth } from "@keyturn/core";
import { ${isKy ? "" : "createAuthFetch, "}webPlatform } from "@keyturn/fetch";
${isKy ? `import { withAuth } from "@keyturn/ky";\n` : ""}${protocol.import}
${isKy ? `import ky from "ky";\n` : ""}
export const auth = createAuth({
	protocol: ${protocol.create},
	platform: webPlatform(),${isShared ? `\n	...browserAuth("my-app"),` : ""}
});

await auth.signIn(${protocol.credentials});

${
	isKy
		? `const api = ky.create({ baseUrl: "${protocol.host}" }).extend(withAuth(auth));
const things = await api.get("${protocol.path}").json();`
		: `const authFetch = createAuthFetch(auth);
const answer = await authFetch("${protocol.url}");
const things = await answer.json();`
}

console.log(things);
await auth.signOut();
`;
}
