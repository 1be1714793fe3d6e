/** Every page, in the order of the side bar; a test says when a page is in neither this list nor the reference. */
export interface Entry {
	readonly text: string;
	readonly link: string;
}

export interface Group {
	readonly text: string;
	readonly items: readonly Entry[];
}

const group = (text: string, ...items: readonly [string, string][]): Group => ({
	text,
	items: items.map(([title, link]) => ({ text: title, link })),
});

export const siteMap: readonly Group[] = [
	group(
		"Begin",
		["Start in 2 minutes", "/start"],
		["Comparison", "/comparison"],
	),
	group(
		"Concepts",
		["States", "/concepts/states"],
		["Windows and time", "/concepts/windows"],
		["Epochs and generations", "/concepts/generations"],
		["Doubt", "/concepts/doubt"],
	),
	group(
		"Where it runs",
		["Browser app", "/runtimes/browser"],
		["Node.js service", "/runtimes/node"],
		["Serverless and workers", "/runtimes/serverless"],
		["Server rendering", "/runtimes/ssr"],
		["React Native", "/runtimes/react-native"],
		["Command line", "/runtimes/cli"],
	),
	group(
		"APIs",
		["Oz", "/apis/oz"],
		["Kazunion", "/apis/kazunion"],
		["OAuth 2.0", "/apis/oauth2"],
		["Your own", "/apis/your-own"],
	),
	group(
		"Guides",
		["Test your app", "/guides/test-your-app"],
		["A session per user", "/guides/a-session-per-user"],
		["Security", "/guides/security"],
	),
	group(
		"Coming from",
		["Your own interceptors", "/migrate/interceptors"],
		["axios-auth-refresh", "/migrate/axios-auth-refresh"],
		["oidc-client-ts", "/migrate/oidc-client-ts"],
	),
	group(
		"When something is wrong",
		["By symptom", "/troubleshooting"],
		["Error codes", "/errors"],
	),
];
