import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { main } from "../src/cli.ts";
import type { HttpServer } from "../src/node.ts";

const run = promisify(execFile);
const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");

async function start(
	...args: string[]
): Promise<{ server: HttpServer; lines: string[] }> {
	const lines: string[] = [];
	const server = await main([...args, "--port", "0"], (line) =>
		lines.push(line),
	);
	if (typeof server === "number") throw new Error(lines.join("\n"));
	return { server, lines };
}

/** The words of a shell command of the kind that documentation has: quotes, escapes within double ones, no expansion. */
const words = (command: string): string[] =>
	[
		...command
			.replaceAll("\\\n", " ")
			.matchAll(/'([^']*)'|"((?:[^"\\]|\\.)*)"|(\S+)/g),
	].map(
		([, single, double, plain]) =>
			single ?? double?.replace(/\\(.)/g, "$1") ?? plain ?? "",
	);

/** Does what curl does with the options that the examples use. */
async function curl(command: string, url: string): Promise<Response> {
	const [name, ...rest] = words(command);
	expect(name).toBe("curl");
	const init = { method: "GET", headers: new Headers(), body: "" };
	let target = "";
	for (let word = rest.shift(); word !== undefined; word = rest.shift())
		if (word === "-X") init.method = rest.shift() ?? "";
		else if (word === "-H") {
			const [header = "", value = ""] = rest.shift()?.split(/:\s*/, 2) ?? [];
			init.headers.set(header, value);
		} else if (word === "-d") {
			init.body = rest.shift() ?? "";
			if (init.method === "GET") init.method = "POST";
			if (!init.headers.has("content-type"))
				init.headers.set("content-type", "application/x-www-form-urlencoded");
		} else target = word;
	return fetch(target.replace("http://127.0.0.1:4010", url), {
		method: init.method,
		headers: init.headers,
		...(init.body && { body: init.body }),
	});
}

const curlsIn = (text: string): string[] =>
	[...text.matchAll(/^curl (?:.*\\\n)*.*/gm)].map(([command]) => command);

const askForTokens = (url: string): Promise<Response> =>
	fetch(`${url}/oauth/token`, {
		method: "POST",
		headers: { origin: "http://a.test" },
		body: new URLSearchParams({
			grant_type: "password",
			client_id: "public",
			username: "user",
			password: "password",
		}),
	});

test("the curl examples of the README work against it, in their order", async () => {
	const { server } = await start("--api", "oz");
	const commands = curlsIn(readme);
	expect(commands.length).toBeGreaterThanOrEqual(4);
	let access = "";
	let expire = "";
	const statuses: number[] = [];
	for (const command of commands) {
		const answer = await curl(
			command.replaceAll("$ACCESS", access).replaceAll("$EXPIRE", expire),
			server.url,
		);
		statuses.push(answer.status);
		const body = await answer.json();
		access = body.access_token ?? access;
		expire = body.expire_token ?? expire;
	}
	await server.close();
	expect(statuses).toEqual([200, 200, 200, 200, 401]);
});

test("it prints an example for each API, and each works below its path", async () => {
	const { server, lines } = await start(
		"--api",
		"oz",
		"--api",
		"kazunion",
		"--api",
		"oauth2",
	);
	const answers = await Promise.all(
		lines
			.filter((line) => line.startsWith("curl"))
			.map(async (command) => (await curl(command, server.url)).json()),
	);
	await server.close();
	expect(answers).toMatchObject([
		{ access_token: expect.any(String), expire_date: expect.any(Number) },
		{ accessToken: expect.any(String), passwordExpired: false },
		{ access_token: expect.any(String), expires_in: 3_600 },
	]);
	expect(lines).toContain(
		"oz signed-in POST /api/authorize/auth 200 user_email",
	);
	expect(lines.join("\n")).not.toContain("kt-canary-");
});

test("options reach the server", async () => {
	const { server, lines } = await start(
		"--api",
		"oauth2",
		"--lifetime-ms",
		"5000",
		"--no-cors",
		"--no-control",
		"--quiet",
	);
	const answer = await askForTokens(server.url);
	expect((await answer.json()).expires_in).toBe(5);
	expect(answer.headers.has("access-control-allow-origin")).toBe(false);
	expect((await fetch(`${server.url}/__mock`)).status).toBe(404);
	expect(lines).toEqual([`listening on ${server.url}`]);
	await server.close();
});

test("a reset over HTTP keeps the lifetime that it was started with", async () => {
	const { server } = await start("--api", "oauth2", "--lifetime-ms", "5000");
	const order = (path: string, body: string) =>
		fetch(`${server.url}/__mock/${path}`, { method: "POST", body });
	await order("lifetime", '{"ms": 60000}');
	await order("reset", "");
	const answer = await askForTokens(server.url);
	expect((await answer.json()).expires_in).toBe(5);
	await server.close();
});

test.each([
	[["--help"], 0],
	[[], 2],
	[["--api", "none"], 2],
	[["--api", "oz", "--port", "70000"], 2],
	[["--api", "oz", "--port", ""], 2],
	[["--api", "oz", "--lifetime-ms", "soon"], 2],
	[["--api", "oz", "--lifetime-ms", "Infinity"], 2],
	[["--what"], 2],
])("%j prints the usage and exits with %i", async (args, exitCode) => {
	const lines: string[] = [];
	expect(await main(args, (line) => lines.push(line))).toBe(exitCode);
	expect(lines.join("\n")).toContain(
		"npx @keyturn/testing --api <oz|kazunion|oauth2>",
	);
});

test("a port that is taken is said in a line, not in a stack", async () => {
	const { server } = await start("--api", "oz");
	const lines: string[] = [];
	const again = ["--api", "oz", "--port", String(server.port)];
	expect(await main(again, (line) => lines.push(line))).toBe(1);
	await server.close();
	expect(lines).toEqual([
		expect.stringMatching(/^cannot listen: .*EADDRINUSE/),
	]);
});

test("as a process of its own it serves until it is told to stop", async () => {
	const cli = new URL("../src/cli.ts", import.meta.url).href;
	const script = `
		import { main } from ${JSON.stringify(cli)};
		const server = await main(["--api", "oz", "--port", "0"]);
		const answer = await fetch(server.url + "/api/public");
		console.log(answer.status);
		await server.close();
	`;
	const { stdout } = await run(process.execPath, [
		"--conditions=source",
		"--input-type=module",
		"-e",
		script,
	]);
	expect(stdout).toMatch(/^listening on http:\/\/127\.0\.0\.1:\d+\ncurl .*\n/);
	expect(stdout).toMatch(/\n200\n$/);
});
