/** What a stranger does with the packed tarballs alone: a ten-line script, the same with ky, the same in React with Vite. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { findChromium, launchChromium } from "../src/chromium.ts";
import {
	catalogVersion,
	consumerMs,
	installConsumer,
} from "../src/consumer.ts";
import { type Packed, pack } from "../src/packed.ts";
import { run, runWell } from "../src/run.ts";
import { workspacePackages } from "../src/workspace.ts";

// Above the limit of the install, so that a failure says what hung.
vi.setConfig({ hookTimeout: 2 * consumerMs });

let dir = "";
let home = "";
let mock: ChildProcess;
let url = "";

beforeAll(async () => {
	dir = mkdtempSync(join(tmpdir(), "keyturn-stranger-"));
	home = join(dir, "project");
	const packed: Packed[] = [];
	for (const pkg of workspacePackages(true)) packed.push(await pack(pkg, dir));
	const others = ["ky", "react", "react-dom", "vite", "@vitejs/plugin-react"];
	await installConsumer(
		home,
		["core", "fetch", "ky", "protocols", "react", "testing"].map(
			(name) => `@keyturn/${name}`,
		),
		packed,
		Object.fromEntries(others.map((name) => [name, catalogVersion(name)])),
	);
	mock = spawn(
		process.execPath,
		[
			join(home, "node_modules/@keyturn/testing/bin/keyturn-mock-api.js"),
			...["--api", "oz", "--port", "0", "--quiet"],
		],
		{ cwd: home, stdio: ["ignore", "pipe", "inherit"] },
	);
	const [line] = (await once(mock.stdout as NodeJS.ReadableStream, "data")) as [
		Buffer,
	];
	url = /http:\/\/[\w.:]+/.exec(line.toString())?.[0] ?? "";
	expect(url).not.toBe("");
});
afterAll(async () => {
	mock.kill();
	await once(mock, "exit");
	rmSync(dir, { recursive: true });
});

const withFetch = (api: string) => `
	import { createAuth } from "@keyturn/core";
	import { createAuthFetch, webPlatform } from "@keyturn/fetch";
	import { oz } from "@keyturn/protocols/oz";

	const auth = createAuth({ protocol: oz({ baseUrl: "${api}" }), platform: webPlatform() });
	await auth.signIn({ email: "user_email", password: "user_password" });
	const answer = await createAuthFetch(auth)("${api}/api/users/me");
	console.log(answer.status, (await answer.json()).email);
	auth.close();`;

const withKy = (api: string) => `
	import { createAuth } from "@keyturn/core";
	import { webPlatform } from "@keyturn/fetch";
	import { withAuth } from "@keyturn/ky";
	import { oz } from "@keyturn/protocols/oz";
	import ky from "ky";
	const auth = createAuth({ protocol: oz({ baseUrl: "${api}" }), platform: webPlatform() });
	await auth.signIn({ email: "user_email", password: "user_password" });
	const answer = await ky.extend(withAuth(auth))("${api}/api/users/me");
	console.log(answer.status, (await answer.json()).email);
	auth.close();`;

test.each([
	["fetch", withFetch],
	["ky", withKy],
])(
	"a script with %s signs in to the mock Oz and calls it",
	async (name, script) => {
		// Ten lines, so that nobody needs more to begin.
		const lines = script(url).trim().split("\n");
		expect(lines.length).toBeLessThanOrEqual(10);
		writeFileSync(join(home, `${name}.mjs`), lines.join("\n"));
		expect(await run(process.execPath, [`${name}.mjs`], { cwd: home })).toEqual(
			{ code: 0, stdout: "200 user_email\n", stderr: "" },
		);
	},
);

test("esbuild bundles that script, and it still runs", async () => {
	await build({
		stdin: { contents: withFetch(url), resolveDir: home },
		bundle: true,
		minify: true,
		format: "esm",
		outfile: join(home, "bundled.mjs"),
	});
	expect(await run(process.execPath, ["bundled.mjs"], { cwd: home })).toEqual({
		code: 0,
		stdout: "200 user_email\n",
		stderr: "",
	});
});

const chromium = await findChromium();

test.skipIf(!chromium)(
	"a page with React and Vite signs in to the mock Oz and calls it",
	async () => {
		writeFileSync(
			join(home, "index.html"),
			`<!doctype html><div id="root"></div><script type="module" src="/main.jsx"></script>`,
		);
		writeFileSync(
			join(home, "main.jsx"),
			`
		import { createAuth } from "@keyturn/core";
		import { createAuthFetch, webPlatform } from "@keyturn/fetch";
		import { oz } from "@keyturn/protocols/oz";
		import { AuthProvider, useAuth } from "@keyturn/react";
		import { useState } from "react";
		import { createRoot } from "react-dom/client";

		const auth = createAuth({ protocol: oz({ baseUrl: "${url}" }), platform: webPlatform() });
		const authFetch = createAuthFetch(auth);
		function Page() {
			const { state, signIn } = useAuth();
			const [answer, setAnswer] = useState("");
			const call = async () => setAnswer(String((await authFetch("${url}/api/users/me")).status));
			return <>
				<p>{state.status} {state.user?.email} {answer}</p>
				<button onClick={() => signIn({ email: "user_email", password: "user_password" })}>Sign in</button>
				<button onClick={call}>Call</button>
			</>;
		}
		createRoot(document.getElementById("root")).render(<AuthProvider auth={auth}><Page /></AuthProvider>);`,
		);
		writeFileSync(
			join(home, "vite.config.js"),
			`import react from "@vitejs/plugin-react";\nexport default { plugins: [react()], logLevel: "warn" };`,
		);
		await runWell(
			process.execPath,
			[join(home, "node_modules/vite/bin/vite.js"), "build"],
			{ cwd: home },
		);
		const server = await serve(join(home, "dist"));
		const browser = await launchChromium();
		try {
			const page = await browser.newPage();
			page.setDefaultTimeout(60_000); // the patience of all deep tests
			const complaints: string[] = [];
			page.on("pageerror", (error) => complaints.push(error.message));
			await page.goto(
				`http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
			);
			await page.getByText("unauthenticated").waitFor();
			await page.getByRole("button", { name: "Sign in" }).click();
			await page.getByText("authenticated user_email").waitFor();
			await page.getByRole("button", { name: "Call" }).click();
			await page.getByText("authenticated user_email 200").waitFor();
			expect(complaints).toEqual([]);
		} finally {
			await browser.close();
			server.closeAllConnections();
			server.close();
		}
	},
);

async function serve(folder: string): Promise<Server> {
	// Strict: what is built must need no eval, no inline script and no style.
	const policy =
		"script-src 'self'; style-src 'self'; object-src 'none'; require-trusted-types-for 'script'";
	const server = createServer((request, response) => {
		const path = request.url === "/" ? "/index.html" : (request.url ?? "");
		const isScript = path.endsWith(".js");
		try {
			const body = readFileSync(join(folder, path));
			response.setHeader(
				"content-type",
				isScript ? "text/javascript" : "text/html",
			);
			response.setHeader("content-security-policy", policy);
			response.end(body);
		} catch {
			response.writeHead(404).end();
		}
	}).listen(0, "127.0.0.1");
	await once(server, "listening");
	return server;
}
