/** `npx @keyturn/testing --api oz --port 4010`: a mock API for curl, for Playwright, for another language. */
import { parseArgs } from "node:util";
import { type ApiSource, apiNames, authorityOf } from "./api-source.ts";
import type { ApiName } from "./authority.ts";
import type { HttpServer } from "./http-server.ts";
import { startMockApi } from "./mock-api.ts";

const usage = `Serves a mock of a token API on a loopback port.

  npx @keyturn/testing --api <${apiNames.join("|")}> [--port 4010]

  --api <name>        given several times, each API is below its own path: /oz, /kazunion, /oauth2
  --port <number>     0 takes a free one; default 4010
  --host <address>    default 127.0.0.1
  --lifetime-ms <ms>  of access tokens; default: as the API documents it
  --no-cors           answers without CORS headers
  --no-control        does not serve /__mock
  --quiet             prints the address only
`;

const curls: Readonly<Record<ApiName, (url: string) => string>> = {
	oz: (url) =>
		`curl -X POST ${url}/api/authorize/auth -H 'Content-Type: application/json' -d '{"credentials": {"email": "user_email", "password": "user_password"}}'`,
	kazunion: (url) =>
		`curl -X POST ${url}/api/Auth/Auth -H 'Content-Type: application/json' -d '{"login": "string", "password": "string"}'`,
	oauth2: (url) =>
		`curl -X POST ${url}/oauth/token -d 'grant_type=password&client_id=public&username=user&password=password'`,
};

const isApiName = (text: string): text is ApiName =>
	(apiNames as readonly string[]).includes(text);

/**
 * @param print gets what belongs on standard output; no token is ever in it
 * @returns the server, or the exit code when there is none
 */
export async function main(
	args: readonly string[],
	print: (line: string) => void = console.log,
): Promise<HttpServer | number> {
	let values: ReturnType<typeof readArguments>;
	try {
		values = readArguments(args);
	} catch (error) {
		print(`${(error as Error).message}\n\n${usage}`);
		return 2;
	}
	const names = values.api ?? [];
	if (values.help) {
		print(usage);
		return 0;
	}
	// empty where a script's variable is not set: that is no order for a free port
	const port = values.port === "" ? Number.NaN : Number(values.port);
	const lifetimeMs =
		values["lifetime-ms"] === undefined ? null : Number(values["lifetime-ms"]);
	if (
		names.length === 0 ||
		!names.every(isApiName) ||
		!(Number.isInteger(port) && port >= 0 && port <= 65_535) ||
		!(lifetimeMs === null || (lifetimeMs > 0 && lifetimeMs < Infinity))
	) {
		print(usage);
		return 2;
	}
	const entries = names.map((name) => {
		// an option, not a setting: a reset over HTTP goes back to what this command was started with
		const authority = authorityOf(
			name,
			lifetimeMs === null ? {} : { lifetimeMs },
		);
		if (!values.quiet)
			authority.subscribe(({ type, method, path, status, account, detail }) =>
				print(
					[name, type, method, path, status, account, detail]
						.filter((part) => part !== null && part !== "")
						.join(" "),
				),
			);
		return [`/${name}`, authority] as const;
	});
	const [only] = entries;
	const api: Record<`/${string}`, ApiSource> = Object.fromEntries(entries);
	let server: HttpServer;
	try {
		server = await startMockApi({
			api: only && entries.length === 1 ? only[1] : api,
			port,
			host: values.host,
			cors: !values["no-cors"],
			control: !values["no-control"],
		});
	} catch (error) {
		print(`cannot listen: ${(error as Error).message}`);
		return 1;
	}
	print(`listening on ${server.url}`);
	if (!values.quiet)
		for (const [path, { api: name }] of entries)
			print(curls[name](entries.length === 1 ? server.url : server.url + path));
	return server;
}

const readArguments = (args: readonly string[]) =>
	parseArgs({
		args: [...args],
		options: {
			api: { type: "string", multiple: true },
			port: { type: "string", default: "4010" },
			host: { type: "string", default: "127.0.0.1" },
			"lifetime-ms": { type: "string" },
			"no-cors": { type: "boolean" },
			"no-control": { type: "boolean" },
			quiet: { type: "boolean" },
			help: { type: "boolean", short: "h" },
		},
	}).values;
